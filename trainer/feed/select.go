package feed

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"trailblazer/datasets/traj"
	"trailblazer/internal/jsonconfig"
)

// splitTest names the split that is not read.
const splitTest = "test"

func holdsOut(split string) bool { return split == "valid" || split == "validation" }

// selection is the part of a data set's episodes that is used.
type selection struct {
	learned, heldOut map[int64]bool
	// learnedSteps counts the steps of those learned.
	learnedSteps int
	// filtered counts the episodes that the filter leaves out, shared those
	// that are held out of another data set.
	filtered, shared int
	// starts has what the condition is at the start of those learned.
	starts []float64
}

// several stands for more than one data set.
const several = -1

// candidate is an episode that a filter keeps.
type candidate struct {
	header *traj.Header
	key    string
	held   bool
	start  float64
}

// selectEpisodes decides for all data sets of a task.
func selectEpisodes(ctx context.Context, t *Task) ([]selection, error) {
	all := make([][]candidate, len(t.Sets))
	selections := make([]selection, len(t.Sets))
	held := map[string]int{} // the data set that holds a key out, or several
	for i := range t.Sets {
		var err error
		if all[i], err = t.candidates(ctx, &t.Sets[i], &selections[i]); err != nil {
			return nil, t.Sets[i].Data.err(err)
		}
		for _, c := range all[i] {
			if by, known := held[c.key]; c.held && known && by != i {
				held[c.key] = several
			} else if c.held {
				held[c.key] = i
			}
		}
	}
	for i, candidates := range all {
		s := &selections[i]
		s.learned, s.heldOut = map[int64]bool{}, map[int64]bool{}
		for _, c := range candidates {
			by, shared := held[c.key]
			switch {
			case c.held:
				s.heldOut[c.header.ID] = true
			case shared && by != i: // Its own split is its maker's business.
				s.shared++
			default:
				s.learned[c.header.ID] = true
				s.learnedSteps += c.header.Steps
				s.starts = append(s.starts, c.start)
			}
		}
		if len(s.learned) == 0 {
			return nil, t.Sets[i].Data.err(jsonconfig.Refuse("filter", fmt.Sprintf("leaves no episode of %d to learn from", len(t.Sets[i].Data.Episodes)),
				fmt.Sprintf("ask for less, or hold out less: %d are filtered out, %d held out, %d held out of another data set", s.filtered, len(s.heldOut), s.shared)))
		}
	}
	return selections, nil
}

// candidates lists the episodes that a set's filter keeps.
func (t *Task) candidates(ctx context.Context, set *Set, s *selection) ([]candidate, error) {
	d := set.Data
	if err := set.Filter.Check(d.Episodes); err != nil {
		return nil, err
	}
	schema, err := d.Info.Schema()
	if err != nil {
		return nil, err
	}
	filter := set.Filter.Filter
	// What is left of an episode that was cut off is not what its steps
	// would have brought.
	filter.CompleteOnly = filter.CompleteOnly || t.Features.Condition.On()
	ownSplit := slices.ContainsFunc(d.Episodes, func(h traj.Header) bool { return holdsOut(h.Split) })
	var list []candidate
	for i := range d.Episodes {
		h := &d.Episodes[i]
		if !filter.Keeps(h) || h.Steps == 0 || h.Split == splitTest && len(filter.Splits) == 0 {
			s.filtered++
			continue
		}
		list = append(list, candidate{header: h, start: h.Return, held: holdsOut(h.Split)})
	}
	by, err := t.Holdout.by(schema)
	if err != nil {
		return nil, err
	}
	ofInfo := schema.Field(by) >= 0
	valued := t.Features.Condition.On() && t.Features.Condition.Field() == traj.FieldExpertValue
	var fields []string
	if ofInfo {
		fields = append(fields, by)
	}
	if valued || set.Filter.MinValue != nil {
		if schema.Field(traj.FieldExpertValue) < 0 {
			return nil, unvalued(valued)
		}
		fields = append(fields, traj.FieldExpertValue)
	}
	starts, err := readStarts(ctx, set, schema, fields)
	if err != nil {
		return nil, err
	}
	names := namesOf(d.Info, by)
	kept := list[:0]
	for _, c := range list {
		seen := starts[c.header.ID]
		if valued {
			c.start = seen[len(seen)-1]
		}
		if least := set.Filter.MinValue; least != nil && !(seen[len(seen)-1] >= *least) {
			s.filtered++
			continue
		}
		c.key = by + "="
		switch {
		case ofInfo && len(seen) > 0:
			c.key += nameOf(names[c.header.ScenarioHash], c.header.ScenarioHash, seen[0])
		case by == "seed" && c.header.Seeded:
			c.key += strconv.FormatUint(c.header.Seed, 10)
		default:
			c.key += d.Name + "/" + strconv.FormatInt(c.header.ID, 10)
		}
		if !ownSplit {
			c.held = t.Holdout.draws(c.key)
		}
		kept = append(kept, c)
	}
	return kept, nil
}

// unvalued says that a data set has no expert's values, which a condition or
// else a filter needs.
func unvalued(condition bool) error {
	field, value := "min_value", "given"
	if condition {
		field, value = "condition.kind", `"value"`
	}
	return jsonconfig.Refuse(field, value+", and there are no expert's values", "choose another, or collect again with an expert that knows them, such as --expert offline-table of ABR")
}
