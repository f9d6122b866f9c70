package feedback

// Controller decides how much a flow may send. Controllers know no clock but
// the times they are given, and draw no random numbers: the same calls bring
// the same decisions.
type Controller interface {
	Listener
	// Reset prepares for a new session; nothing is kept of the last.
	Reset()
	// Decide returns what the sender shall do from now on. It is called at
	// regular intervals, after all packets and reports up to s.Now.
	Decide(s *Sender) Decision
}

// Decision is what a sender shall do.
type Decision struct {
	// TargetBps is the rate to send at: the controller's estimate of the
	// bandwidth that is there for the flow. The sender never sends more media
	// than the application wants to.
	TargetBps float64
	// ProbeBps, if positive, is the rate of a probe cluster to send now:
	// media, filled up with probe packets, at least 5 packets and 15 ms. The
	// packets that belong to it carry the cluster's number; the first has
	// number 1, and each further probe that is decided one more.
	ProbeBps float64
}
