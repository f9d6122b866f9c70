package decision

import (
	"hash/maphash"
	"testing"

	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// looker reads every byte that it is shown, and every number of it that it can.
type looker struct{ sum float64 }

func (p *looker) Reset(uint64)       { p.sum = 0 }
func (p *looker) Inputs() env.Inputs { return env.Inputs{Info: true, Reward: true} }

func (p *looker) Act(in *env.Batch, row int, action env.Arrays) error {
	for _, list := range []env.Arrays{in.Observation, in.Info} {
		for i := range list {
			for _, b := range list[i].Bytes(row) {
				p.sum += float64(b)
			}
		}
	}
	if p.sum += in.Reward[row]; p.sum-p.sum != 0 {
		panic("a reward that is no number came through")
	}
	env.Row[int64](&action[1], row)[0] = int64(p.sum) % 3
	return nil
}

// FuzzAct asks with messages of all kinds: each is answered, or refused without a
// trace, and the same message again gets the same answer.
func FuzzAct(f *testing.F) {
	catalog := new(testenv.Catalog)
	service, err := New(catalog, []Policy{{Name: "looker", Environments: []string{testenv.Walk},
		New: func(*env.Spec) (env.Policy, error) { return &looker{}, nil }}}, Options{Workers: 1})
	if err != nil {
		f.Fatal(err)
	}
	factory, err := catalog.Factory(testenv.Walk, "", nil)
	if err != nil {
		f.Fatal(err)
	}
	const n = 2
	shown, leaves := env.NewBatch(factory.Spec(), n), wire.LeavesOf(factory.Spec())
	valid := &trailblazerv1.ActRequest{
		SeatId: "x", Observation: wire.Copy(leaves.Observation, shown.Observation, n), Info: wire.Copy(leaves.Info, shown.Info, n),
		Reward: wire.FromFloat64s(make([]float64, n)), Start: wire.FromBools([]bool{true, false}), End: wire.FromBools([]bool{false, true}), Seeds: []uint64{1},
	}
	for _, change := range []func(){
		func() {}, func() { valid.End, valid.Start = nil, nil }, func() { valid.Info = nil }, func() { valid.Reward = nil },
		func() { valid.Observation[2].RowOffsets = []int64{0, -1, 0} }, func() { valid.Index = 3 },
	} {
		change()
		data, err := proto.Marshal(valid)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	seed := maphash.MakeSeed()
	f.Fuzz(func(t *testing.T, data []byte) {
		request := new(trailblazerv1.ActRequest)
		if proto.Unmarshal(data, request) != nil {
			return
		}
		s, err := service.newSeat("", &service.policies[0], factory.Spec(), n, service.options.DefaultLease)
		if err != nil {
			t.Fatal(err)
		}
		first, acted, err := s.act(t.Context(), request, seed)
		if err != nil {
			if s.next != 0 || s.last != nil || s.running[0] || s.running[1] {
				t.Fatalf("a refused call (%v) left a trace", err)
			}
			return
		}
		again, more, err := s.act(t.Context(), request, seed)
		if err != nil || more != 0 || acted > n || !proto.Equal(first, again) {
			t.Fatalf("again: %v, %d, %v; first %v", again, more, err, first)
		}
	})
}
