package testbed

import (
	"math/rand/v2"
	"testing"
	"time"

	"trailblazer/ccemu/link"
)

// virtual is a network in simulated time: from the sender over the emulator's
// bottleneck, and back at once. Nodes wake up late at random, as on a machine
// that does other things too.
type virtual struct {
	now       time.Duration
	sender    node
	receiver  node
	forward   link.Link
	datagrams [][]byte
	lateness  func() time.Duration
}

func newVirtual(p *Plan, s, r node, seed uint64, late time.Duration) *virtual {
	random := rand.New(rand.NewPCG(seed, 1))
	v := &virtual{sender: s, receiver: r, lateness: func() time.Duration {
		if late == 0 {
			return 0
		}
		return time.Duration(random.ExpFloat64() * float64(late))
	}}
	v.forward.Start(&link.Path{Bottleneck: p.bottleneck()}, p.Duration, 0)
	return v
}

// end is a node's side of the network.
type end struct {
	*virtual
	send func(datagram []byte) error
}

func (e end) Now() time.Duration         { return e.now }
func (e end) Send(datagram []byte) error { return e.send(datagram) }

func (v *virtual) run(t *testing.T, until time.Duration) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	toReceiver := end{v, func(datagram []byte) error {
		v.datagrams = append(v.datagrams, append([]byte(nil), datagram...))
		v.forward.Send(v.now, link.Packet{Bytes: int32(len(datagram) + datagramOverhead), Tag: int64(len(v.datagrams) - 1)})
		return nil
	}}
	toSender := end{v, func(datagram []byte) error { return v.sender.Receive(v.now, datagram) }}
	// A node wakes up some time after it wants to.
	wanted, wake := [2]time.Duration{-1, -1}, [2]time.Duration{}
	nodes, ends := [2]node{v.sender, v.receiver}, [2]end{toReceiver, toSender}
	for {
		next := v.forward.NextAt()
		for i, n := range nodes {
			if at := n.NextAt(); at != wanted[i] {
				wanted[i], wake[i] = at, at
				if at < until {
					wake[i] = max(at, v.now) + v.lateness()
				}
			}
			next = min(next, wake[i])
		}
		if next > until {
			return
		}
		v.now = max(v.now, next)
		var e link.Event
		for v.forward.Poll(v.now, &e) {
			check(v.receiver.Receive(e.At, v.datagrams[e.Tag]))
			v.datagrams[e.Tag] = nil
		}
		for i, n := range nodes {
			if wake[i] <= v.now {
				check(n.Act(ends[i]))
				wanted[i] = -1
			}
		}
	}
}
