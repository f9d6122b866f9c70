// Package testbed plays the emulator's media sessions in reality, and compares:
// two network namespaces joined by a pair of virtual Ethernet devices, with a
// token bucket of the kernel as the bottleneck, and UDP packets in real time.
//
// Its nouns: a [Plan] says what is played; [Run] plays it and returns a
// [Report], whose [Check]s hold what was measured in reality against the
// emulator. In the open loop the same packets at the same times go through the
// kernel's and the emulator's bottleneck, one by one. In the closed loop the
// same sender, receiver and controller act in both, and each does as it
// likes: only what happens on the whole can be compared.
//
// Both ends are [node]s: state machines that know a [conn], which is a socket
// in real time and anything in tests. The kernels that this was written on
// have no netem: propagation delay and random loss are the receiving node's,
// which holds back what has arrived by the kernel's time stamp.
//
// Namespaces have no names and live as long as the process has them open, so
// that nothing is left behind however it ends.
package testbed
