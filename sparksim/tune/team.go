package tune

import (
	"context"
	"sync"
	"sync/atomic"
)

// team plays episodes in parallel.
type team []Player

func newTeam(newPlayer func() (Player, error), workers int) (team, error) {
	t := make(team, workers)
	for i := range t {
		player, err := newPlayer()
		if err != nil {
			return nil, err
		}
		t[i] = player
	}
	return t, nil
}

// costs is what each candidate costs on average in the episodes from a seed
// on.
func (t team) costs(ctx context.Context, candidates [][]float64, firstSeed uint64, episodes int) ([]float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := make([]float64, len(candidates)*episodes)
	var next atomic.Int64
	var group sync.WaitGroup
	for _, player := range t {
		group.Go(func() {
			for ctx.Err() == nil {
				at := int(next.Add(1)) - 1
				if at >= len(all) {
					return
				}
				cost, err := player.Cost(candidates[at/episodes], firstSeed+uint64(at%episodes))
				if err != nil {
					cancel(err)
					return
				}
				all[at] = cost
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	costs := make([]float64, len(candidates))
	for i := range costs {
		costs[i] = average(all[i*episodes : (i+1)*episodes])
	}
	return costs, nil
}
