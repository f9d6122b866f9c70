package testbed

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/media"
)

func TestPacketsOnTheWire(t *testing.T) {
	for _, want := range []media.Packet{
		{Sent: feedback.Sent{Sequence: 1 << 40, SizeBytes: 1242, Frame: 12, Kind: feedback.Video}, Media: 99, Index: 2, Count: 5, Key: true, Captured: 1234567890},
		{Sent: feedback.Sent{SizeBytes: 134, Frame: -1, Kind: feedback.Audio}, Media: -1, Count: 1, Captured: time.Hour},
		{Sent: feedback.Sent{Sequence: 7, SizeBytes: 300, Frame: 1 << 20, Kind: feedback.Retransmission}, Media: 3, Count: 1},
	} {
		datagram := appendPacket(nil, &want)
		if got, size := len(datagram), int(want.SizeBytes)-42; got != size {
			t.Errorf("the datagram has %d bytes, want %d", got, size)
		}
		var got media.Packet
		if err := readPacket(datagram, &got); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}

func TestMessagesOnTheWire(t *testing.T) {
	for _, want := range []media.Message{
		{SizeBytes: 60, KeyFrame: true, Missing: []int64{3, 5, 1 << 33}},
		{
			Report: true, SizeBytes: 120, Departure: time.Hour, JitterBuffer: time.Second, Stalled: 1, Base: 77,
			Arrivals: []time.Duration{time.Hour, media.NotArrived, time.Minute},
			Late:     []media.LateArrival{{Sequence: 70, Arrival: time.Hour - 1}, {Sequence: 3, Arrival: time.Hour + 1}},
		},
	} {
		var got media.Message
		if err := readMessage(appendMessage(nil, &want), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}

// FuzzDatagrams: nothing crashes, and what is read is written alike.
func FuzzDatagrams(f *testing.F) {
	f.Add(appendPacket(nil, &media.Packet{Sent: feedback.Sent{Sequence: 5, SizeBytes: 90, Kind: feedback.Probe}, Media: -1, Count: 1}))
	f.Add(appendMessage(nil, &media.Message{Report: true, Departure: 9, Base: 4, Arrivals: []time.Duration{8, media.NotArrived}}))
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, datagram []byte) {
		var p, again media.Packet
		if readPacket(datagram, &p) == nil {
			if err := readPacket(appendPacket(nil, &p), &again); err != nil || again != p && len(datagram) >= int(again.SizeBytes)-datagramOverhead {
				t.Errorf("%+v is read again as %+v, %v", p, again, err)
			}
		}
		var m, same media.Message
		if readMessage(datagram, &m) == nil {
			written := appendMessage(nil, &m)
			if err := readMessage(written, &same); err != nil || !bytes.Equal(appendMessage(nil, &same), written) {
				t.Errorf("%+v is read again as %+v, %v", m, same, err)
			}
		}
	})
}
