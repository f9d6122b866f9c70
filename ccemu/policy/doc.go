// Package policy lets congestion controllers act in trailblazer/CC-v0.
//
// [New] makes a policy by its name: any controller of package control, or the
// oracle, which reads the true bandwidth from info. A [Player] is a controller
// in an environment: it hands over the packets and reports that info shows, in
// their order, and turns decisions into actions. It needs a spec and a batch
// only, so it works on environments of another machine too.
package policy
