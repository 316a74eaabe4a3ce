// What the rest of the library has to know of events.
#ifndef DOVETAIL_ACL_EVENT_H
#define DOVETAIL_ACL_EVENT_H

namespace dovetail {

// Makes streams that wait for events look again whether they should.
void WakeEventWaits();

}  // namespace dovetail

#endif
