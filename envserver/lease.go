package envserver

import "time"

// sweepInterval is how often the sessions whose lease is over are freed. They
// are out of reach from the moment it ends.
const sweepInterval = time.Second

// sweepLoop runs until the server is closed: one goroutine for all leases.
func (s *Server) sweepLoop() {
	for {
		select {
		case <-s.options.Clock.After(sweepInterval):
			s.sweep(s.options.Clock.Now())
		case <-s.stop:
			return
		}
	}
}

// sweep frees the sessions whose lease is over. One that is being used right
// now is left alone: leaving it renews its lease.
func (s *Server) sweep(now time.Time) {
	for _, sess := range s.sessions.expired(now) {
		if !sess.tryEnter() {
			continue
		}
		if s.sessions.removeExpired(sess, now) {
			sess.doomed.Store(true)
			s.metrics.expired.Inc()
			s.options.Logger.Info().Str("session", sess.id).Str("owner", sess.owner).Msg("lease ran out")
		}
		s.leave(sess)
	}
}
