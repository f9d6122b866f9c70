package feed

import (
	"encoding/json"
	"fmt"
	"slices"

	"trailblazer/internal/contenthash"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/strictjson"
)

// cursorVersion is that of cursors.
const cursorVersion = 1

// position is where a feed stands; a cursor is its JSON.
type position struct {
	Version int `json:"version"`
	// Options tells the options from all others.
	Options contenthash.Digest `json:"options"`
	// Batch is the number of the next batch.
	Batch uint64    `json:"batch"`
	Tasks [][]place `json:"tasks"`
}

func (p *position) clone() position {
	c := *p
	c.Tasks = slices.Clone(p.Tasks)
	for i := range c.Tasks {
		c.Tasks[i] = slices.Clone(c.Tasks[i])
	}
	return c
}

func (p *position) encode() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // Numbers that are finite, and bytes.
	}
	return text
}

// start is where a feed begins: at a cursor, or at the beginning.
func (p *Plan) start(cursor []byte) (position, error) {
	at := position{Version: cursorVersion, Options: p.digest()}
	for task := range p.options.Tasks {
		var places []place
		for set := range p.options.Tasks[task].Sets {
			s, err := p.stream(task, set)
			if err != nil {
				return at, err
			}
			begin, err := p.begin(task, set, s)
			if err != nil {
				return at, err
			}
			places = append(places, begin)
		}
		at.Tasks = append(at.Tasks, places)
	}
	if len(cursor) == 0 {
		return at, nil
	}
	var from position
	if err := strictjson.Decode(cursor, &from, true); err != nil {
		return at, refuseCursor("no cursor: "+err.Error(), "give the bytes that Cursor returned, or none to start at the beginning")
	}
	if from.Version != cursorVersion {
		return at, refuseCursor(fmt.Sprintf("of version %d", from.Version), "start without a cursor: this version reads 1 only")
	}
	if from.Options != at.Options {
		return at, refuseCursor("of other options", "give the options that it came from, or start without a cursor")
	}
	fits := slices.EqualFunc(from.Tasks, at.Tasks, func(a, b []place) bool { return len(a) == len(b) })
	for _, places := range from.Tasks {
		for _, one := range places {
			fits = fits && one.Window >= 0 && one.PoolSteps > 0 && one.Windows > 0 && one.Weight > 0
		}
	}
	if !fits {
		return at, refuseCursor("of other data sets", "start without a cursor")
	}
	return from, nil
}

func refuseCursor(value, remedy string) error { return jsonconfig.Refuse("cursor", value, remedy) }

// digest tells the options from all others that give other batches. Names of
// data sets don't count: what is in them does, which their own cursors check.
func (p *Plan) digest() contenthash.Digest {
	o := &p.options
	h := contenthash.New("feed")
	h.Integer(int(o.Seed))
	h.Integer(len(o.Tasks))
	for i := range o.Tasks {
		t := &o.Tasks[i]
		h.Text(string(t.Features.JSON()))
		h.Text(t.Objective)
		h.Numbers([]float64{t.Odds, t.Holdout.Share})
		h.Integers([]int{t.Window, t.Stride, t.Lead, t.Batch, t.Nodes, flag(t.SkipExplored), int(t.Holdout.Seed)})
		h.Text(t.Holdout.By)
		h.Integer(len(t.Sets))
		for k := range t.Sets {
			s := &t.Sets[k]
			h.Number(s.Weight)
			h.Integer(flag(s.Filter.MinValue != nil))
			if s.Filter.MinValue != nil {
				h.Number(*s.Filter.MinValue)
			}
		}
	}
	return h.Digest()
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
