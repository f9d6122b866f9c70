package ccemu_test

import (
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
)

// TestConservation is A5: at every tick, all packets and bytes that were sent
// are somewhere, in the counts of the link, of the flows and of the receivers.
func TestConservation(t *testing.T) {
	for name, session := range varied() {
		t.Run(name, func(t *testing.T) {
			var e ccemu.Emulator
			run(t, &e, &session, 3, 9*time.Second, func(now time.Duration, journals []*journal) {
				conserve(t, &e, &session, journals)
			})
			if c := e.Forward(); c.Arrived.Packets < 500 {
				t.Errorf("only %d packets arrived", c.Arrived.Packets)
			}
		})
	}
}

// conserve checks the counts of an emulator.
func conserve(t testing.TB, e *ccemu.Emulator, session *ccemu.Session, journals []*journal) {
	t.Helper()
	forward := e.Forward()
	for name, c := range map[string]link.Counts{"forward": forward, "reverse": e.Reverse()} {
		if c.Offered != sum(c.Dropped, c.Queued, c.InFlight, c.Lost, c.Arrived) {
			t.Fatalf("%s at %v: %+v", name, e.Now(), c)
		}
	}
	var sent, dropped, lost, arrived link.Count
	for i := range e.Flows() {
		f := e.Traffic(i)
		ended := sum(f.Dropped, f.Lost, f.Arrived)
		if journals != nil && f.Sent != journals[i].sent {
			t.Fatalf("flow %d at %v: sent %+v, listened to %+v", i, e.Now(), f.Sent, journals[i].sent)
		}
		if ended.Packets > f.Sent.Packets || ended.Bytes > f.Sent.Bytes {
			t.Fatalf("flow %d at %v: %+v", i, e.Now(), f)
		}
		// A receiver knows no packets that are 2¹⁵ numbers late.
		p := e.Playback(i)
		if got := p.VideoBytes + p.AudioBytes + p.RetransmissionBytes + p.ProbeBytes; got != f.Arrived.Bytes && f.Sent.Packets < 1<<15 {
			t.Fatalf("flow %d at %v: the receiver has %d bytes of %d", i, e.Now(), got, f.Arrived.Bytes)
		}
		sent, dropped, lost, arrived = sum(sent, f.Sent), sum(dropped, f.Dropped), sum(lost, f.Lost), sum(arrived, f.Arrived)
	}
	// What is not the flows' is cross traffic's.
	all := sum(forward.Queued, forward.InFlight)
	ours := minus(sent, sum(dropped, lost, arrived))
	for what, c := range map[string]link.Count{
		"offered": minus(forward.Offered, sent), "dropped": minus(forward.Dropped, dropped),
		"lost": minus(forward.Lost, lost), "arrived": minus(forward.Arrived, arrived), "under way": minus(all, ours),
	} {
		if c.Packets < 0 || c.Bytes < 0 || len(session.Cross) == 0 && c != (link.Count{}) {
			t.Fatalf("%v: %+v packets of cross traffic are %s", e.Now(), c, what)
		}
	}
}

func sum(counts ...link.Count) (s link.Count) {
	for _, c := range counts {
		s.Packets, s.Bytes = s.Packets+c.Packets, s.Bytes+c.Bytes
	}
	return s
}

func minus(a, b link.Count) link.Count {
	return link.Count{Packets: a.Packets - b.Packets, Bytes: a.Bytes - b.Bytes}
}
