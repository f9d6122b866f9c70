package decision

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"

	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/envserver"
	"trailblazer/internal/wire"
)

// question is what a call asks, decoded.
type question struct {
	shown      env.Batch
	start, end []bool
	seeds      []uint64
	taken      env.Arrays // Nil where nothing else was done than was chosen.
}

// act answers a call. acted counts the environments that were decided for; it is
// 0 for a retry. The caller has entered the seat.
func (s *seat) act(ctx context.Context, request *trailblazerv1.ActRequest, seed maphash.Seed) (response *trailblazerv1.ActResponse, acted int, err error) {
	hash, err := hashOf(request, seed)
	if err != nil {
		return nil, 0, err
	}
	if index := request.GetIndex(); index != s.next {
		again := s.last != nil && index+1 == s.next
		if again && hash == s.lastHash {
			return s.last, 0, nil
		}
		return nil, 0, envserver.OutOfOrder(index, s.next, again)
	}
	q, err := s.read(request)
	if err != nil {
		return nil, 0, err
	}
	j := s.job(q)
	begun, err := s.decider.decide(ctx, j)
	if !begun {
		return nil, 0, err
	}
	for i := range j.turns {
		err = errors.Join(err, j.turns[i].Err)
	}
	if err != nil {
		return nil, 0, &outOfStepError{err}
	}
	s.next++
	s.lastHash = hash
	s.keep(q)
	s.last = &trailblazerv1.ActResponse{NextIndex: s.next, Action: wire.Copy(s.shape.leaves.Action, s.action, s.n)}
	return s.last, len(j.turns), nil
}

// outOfStepError reports that a policy failed, after which some of the seat's may
// have seen a step that others have not.
type outOfStepError struct{ cause error }

func (e *outOfStepError) Error() string {
	return fmt.Sprintf("%v; the seat was closed, since its policies may have got out of step", e.cause)
}

func (e *outOfStepError) Unwrap() error { return e.cause }

// hashOf tells one call from another with the same index.
func hashOf(request *trailblazerv1.ActRequest, seed maphash.Seed) (uint64, error) {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	return maphash.Bytes(seed, data), err
}

// read decodes and checks a call. Nothing has changed when it returns an error.
func (s *seat) read(request *trailblazerv1.ActRequest) (*question, error) {
	q := &question{seeds: request.GetSeeds()}
	var err error
	if q.shown.Observation, err = wire.Decode(nil, "observation", request.GetObservation(), s.shape.leaves.Observation, s.n); err != nil {
		return nil, err
	}
	if err := s.readInfo(q, request.GetInfo()); err != nil {
		return nil, err
	}
	for _, flags := range []struct {
		field  string
		tensor *trailblazerv1.Tensor
		to     *[]bool
	}{{"start", request.GetStart(), &q.start}, {"end", request.GetEnd(), &q.end}} {
		*flags.to = make([]bool, s.n)
		if flags.tensor == nil {
			continue
		}
		if *flags.to, err = wire.Bools(flags.field, flags.tensor, s.n); err != nil {
			return nil, err
		}
	}
	if err := s.readReward(q, request.GetReward()); err != nil {
		return nil, err
	}
	if tensors := request.GetTaken(); len(tensors) > 0 && s.seen != nil {
		if q.taken, err = wire.Decode(nil, "taken", tensors, s.shape.leaves.Action, s.n); err != nil {
			return nil, err
		}
	}
	if k := len(q.seeds); k > 1 && k != s.n {
		return nil, &env.FieldError{Field: "seeds", Value: fmt.Sprintf("%d long", k), Remedy: fmt.Sprintf("give none, one or %d", s.n)}
	}
	return q, s.check(q)
}

// readInfo decodes infos. Left out, they are zeros, which only policies get that
// don't look at them.
func (s *seat) readInfo(q *question, tensors []*trailblazerv1.Tensor) (err error) {
	leaves := s.shape.leaves.Info
	switch {
	case len(tensors) > 0:
		q.shown.Info, err = wire.Decode(nil, "info", tensors, leaves, s.n)
	case s.inputs.Info && len(leaves) > 0:
		err = &env.FieldError{Field: "info", Value: "missing", Remedy: fmt.Sprintf("give the %d leaves of the info space: %s looks at them", len(leaves), s.policy.Name)}
	case !s.inputs.Info:
		q.shown.Info = env.NewArrays(leaves, s.n)
	}
	return err
}

func (s *seat) readReward(q *question, tensor *trailblazerv1.Tensor) (err error) {
	q.shown.Terminated, q.shown.Truncated = q.end, make([]bool, s.n)
	if tensor != nil {
		q.shown.Reward, err = wire.Float64s("reward", tensor, s.n)
		return err
	}
	q.shown.Reward = make([]float64, s.n)
	if !s.inputs.Reward {
		return nil
	}
	for i := range s.n {
		if s.running[i] && !q.start[i] {
			return &env.FieldError{Field: "reward", Value: "missing", Remedy: fmt.Sprintf("give what the last actions brought: %s looks at it", s.policy.Name)}
		}
	}
	return nil
}

// check refuses what is not of the spaces: numbers out of bounds, NaN, links to
// nodes that are not there.
func (s *seat) check(q *question) error {
	for i := range s.n {
		if q.start[i] && q.end[i] {
			return &env.FieldError{Field: fmt.Sprintf("end[%d]", i), Value: "true, and so is start", Remedy: "set one of them"}
		}
		if err := s.shape.observation.CheckRow(q.shown.Observation, i); err != nil {
			return err
		}
		for _, g := range s.shape.graphs {
			if err := g.check(q.shown.Observation, i); err != nil {
				return err
			}
		}
		if s.inputs.Info {
			if err := s.shape.info.CheckRow(q.shown.Info, i); err != nil {
				return err
			}
		}
		if s.told(q, i) {
			if err := s.checkTaken(q, i); err != nil {
				return err
			}
		}
		if r := q.shown.Reward[i]; s.inputs.Reward && r-r != 0 {
			return &env.FieldError{Field: fmt.Sprintf("reward[%d]", i), Value: fmt.Sprint(r), Remedy: "give a finite number"}
		}
	}
	return nil
}

// job lists who is asked, and begins and ends their episodes when its time comes.
func (s *seat) job(q *question) *job {
	j := new(job)
	for i, p := range s.policies {
		if !q.end[i] {
			j.turns = append(j.turns, env.Turn{Policy: p, In: &q.shown, Row: i, Action: s.action})
		}
	}
	j.begin = func() error {
		for i, p := range s.policies {
			if s.told(q, i) {
				if err := s.tell(q, i); err != nil {
					return err
				}
			}
			switch {
			case q.end[i]:
				if ender, ok := p.(env.EpisodeEnder); ok && s.running[i] {
					if err := ender.EndEpisode(&q.shown, i); err != nil {
						return err
					}
				}
				s.running[i] = false
			case q.start[i] || !s.running[i]:
				p.Reset(q.seed(i))
				s.running[i] = true
			}
		}
		return nil
	}
	return j
}

func (q *question) seed(i int) uint64 {
	switch len(q.seeds) {
	case 0:
		return envserver.RandomSeed()
	case 1:
		return q.seeds[0] + uint64(i)
	}
	return q.seeds[i]
}
