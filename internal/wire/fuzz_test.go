package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// FuzzDecode decodes any bytes as a step request of all kinds of leaves. What
// is taken must be whole: every row can be read, and encoding it again gives
// the same tensors.
func FuzzDecode(f *testing.F) {
	leaves := wire.LeavesOf(everythingSpec())
	const n = 3
	for seed := range uint64(4) {
		tensors := wire.Copy(leaves.Observation, sampled(leaves, n, seed).Observation, n)
		encoded, err := proto.Marshal(&trailblazerv1.StepRequest{SessionId: "s", Action: tensors})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
		f.Add(encoded[:len(encoded)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var request trailblazerv1.StepRequest
		if proto.Unmarshal(data, &request) != nil {
			return
		}
		arrays, err := wire.Decode(nil, "action", request.GetAction(), leaves.Action, n)
		if err != nil {
			var field *env.FieldError
			if !errors.As(err, &field) {
				t.Fatalf("refused with %v, not a FieldError", err)
			}
			return
		}
		for k := range arrays {
			for i := range n {
				if size := arrays[k].Leaf.RowBytes(); len(arrays[k].Bytes(i))%size != 0 {
					t.Fatalf("leaf %d, environment %d: %d bytes are no whole rows of %d", k, i, len(arrays[k].Bytes(i)), size)
				}
			}
		}
		for k, again := range wire.Copy(leaves.Action, arrays, n) {
			sent := request.GetAction()[k]
			if !bytes.Equal(again.GetData(), sent.GetData()) || again.GetShape()[0] != sent.GetShape()[0] {
				t.Fatalf("leaf %d: sent %v, encoded again %v", k, sent, again)
			}
		}
	})
}

// FuzzReceiver reads any bytes as a reply, straight and by way of the message.
// Both must take the same replies and see the same in them.
func FuzzReceiver(f *testing.F) {
	leaves := wire.LeavesOf(everythingSpec())
	const n = 7
	for seed := range uint64(4) {
		encoded, err := proto.Marshal(wire.NewReply(leaves).Step(seed, sampled(leaves, n, seed)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
		f.Add(encoded[:len(encoded)/2])
		f.Add(append(protowire.AppendTag(encoded, 99, protowire.Fixed32Type), 1, 2, 3, 4))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		receiver := wire.NewReceiver(leaves, n, env.SameStep)
		next, err := receiver.Step(data)
		if err != nil {
			return
		}
		got := receiver.Transition()
		var message trailblazerv1.StepResponse
		if err := proto.Unmarshal(data, &message); err != nil {
			t.Fatalf("the receiver took what is no message: %v", err)
		}
		if message.GetNextIndex() != next {
			t.Fatalf("next is %d, want %d", next, message.GetNextIndex())
		}
		compare := func(name string, got env.Arrays, tensors []*trailblazerv1.Tensor, leaves []env.Leaf, n int) {
			want, err := wire.Decode(nil, name, tensors, leaves, n)
			if err != nil {
				t.Fatalf("the receiver took what Decode refuses: %v", err)
			}
			sameRows(t, name, got, want, n)
		}
		compare("observation", got.Observation, message.GetObservation(), leaves.Observation, n)
		compare("info", got.Info, message.GetInfo(), leaves.Info, n)
		if k := len(got.Finished); k > 0 {
			compare("final_observation", got.Final.Observation, message.GetFinalObservation(), leaves.Observation, k)
			compare("final_info", got.Final.Info, message.GetFinalInfo(), leaves.Info, k)
		}
		reward, err := wire.Float64s("reward", message.GetReward(), n)
		if err != nil {
			t.Fatal(err)
		}
		for i := range reward {
			if a, b := reward[i], got.Reward[i]; a != b && a == a {
				t.Fatalf("reward %d is %v, want %v", i, b, a)
			}
		}
	})
}
