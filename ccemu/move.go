package ccemu

import (
	"trailblazer/ccemu/link"
)

// send moves what a flow's sender emits into the forward path.
func (e *Emulator) send(index int) {
	f := &e.flows[index]
	for f.sender.Emit(e.now, &e.packet) {
		f.traffic.Sent.Add(e.packet.SizeBytes)
		if f.listener != nil {
			f.listener.OnSent(&e.packet.Sent)
		}
		tag := e.packets.take()
		*e.packets.at(tag) = e.packet
		if !e.forward.Send(e.now, link.Packet{Bytes: e.packet.SizeBytes, Owner: int32(index), Tag: tag, Extra: f.extra}) {
			f.traffic.Dropped.Add(e.packet.SizeBytes)
			e.packets.free(tag)
		}
	}
	e.next[0] = e.forward.NextAt()
}

// load moves what cross traffic sends into the forward path. Its owners come
// after the flows.
func (e *Emulator) load(index int) {
	c := &e.cross[index]
	for {
		number, bytes, ok := c.send(e.now)
		if !ok {
			break
		}
		e.forward.Send(e.now, link.Packet{Bytes: bytes, Owner: int32(len(e.flows) + index), Tag: number, Direct: true})
	}
	e.next[0] = e.forward.NextAt()
}

// arrive deals with the end of a packet's way forward.
func (e *Emulator) arrive(v *link.Event) {
	if i := int(v.Owner) - len(e.flows); i >= 0 {
		if v.Fate == link.Arrived {
			e.cross[i].arrived(v.At, v.Tag, v.Bytes)
			e.touch(ackPart, i)
		}
		return
	}
	f := &e.flows[v.Owner]
	switch v.Fate {
	case link.Arrived:
		f.traffic.Arrived.Add(v.Bytes)
		f.traffic.Waited += v.Waited
		f.meter.add(v.At, v.Bytes)
		f.receiver.OnPacket(v.At, e.packets.at(v.Tag))
		e.touch(receiverPart, int(v.Owner))
	case link.Lost:
		f.traffic.Lost.Add(v.Bytes)
	case link.Dropped:
		f.traffic.Dropped.Add(v.Bytes)
	}
	e.packets.free(v.Tag)
}

// report moves a receiver's messages into the reverse path.
func (e *Emulator) report(index int) {
	f := &e.flows[index]
	for {
		tag := e.messages.take()
		m := e.messages.at(tag)
		if !f.receiver.Poll(e.now, m) {
			e.messages.free(tag)
			break
		}
		if !e.reverse.Send(e.now, link.Packet{Bytes: m.SizeBytes, Owner: int32(index), Tag: tag, Extra: f.extra}) {
			e.messages.free(tag)
		}
	}
	e.next[1] = e.reverse.NextAt()
}

// answer deals with the end of a message's way back.
func (e *Emulator) answer(v *link.Event) {
	if v.Fate == link.Arrived {
		f := &e.flows[v.Owner]
		f.sender.OnMessage(v.At, e.messages.at(v.Tag), f.listener)
		e.touch(senderPart, int(v.Owner))
	}
	e.messages.free(v.Tag)
}
