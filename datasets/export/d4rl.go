package export

import (
	"context"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/datasets/npz"
	"trailblazer/datasets/traj"
)

// D4RL writes a data set as an archive of NumPy arrays. The package's
// documentation lists them.
func D4RL(ctx context.Context, w io.Writer, set *traj.Set, o Options) (Result, error) {
	files, err := newSpills(o.TempDir)
	if err != nil {
		return Result{}, err
	}
	defer files.remove()
	a, err := newArchive(files, set)
	if err != nil {
		return Result{}, err
	}
	result, err := o.each(ctx, set, a.add)
	if err != nil {
		return result, err
	}
	archive := npz.NewWriter(w, o.Deflate)
	if err := files.archive(archive); err != nil {
		return result, err
	}
	var scenarios []string
	for _, s := range set.Info().Scenarios {
		scenarios = append(scenarios, s.Name)
	}
	for _, texts := range []struct {
		name string
		list []string
	}{
		{"metadata/environment", []string{set.Info().Environment}}, {"metadata/scenarios", scenarios}, {"metadata/policies", set.Policies()},
		{"metadata/observations", a.observationNames}, {"metadata/actions", a.actionNames},
	} {
		if err := archive.Strings(texts.name, texts.list); err != nil {
			return result, err
		}
	}
	return result, archive.Close()
}

// archive fills arrays from episodes.
type archive struct {
	set *traj.Set
	// writers take an episode each, in the order of the arrays.
	writers []func(e *traj.Episode) error
	// states counts the states of the episodes so far, where some are ragged.
	states                        int64
	observationNames, actionNames []string
	buffer                        []byte
}

func newArchive(files *spills, set *traj.Set) (*archive, error) {
	a := &archive{set: set}
	s := set.Schema()
	observations, masks := split(s, traj.RoleObservation), split(s, traj.RoleMask)
	if len(observations.dense) > 0 {
		p := newPacking(observations.dense)
		a.observationNames = p.names()
		if err := a.addStates(files, "observations", "next_observations", p); err != nil {
			return nil, err
		}
	}
	ragged := slices.Concat(observations.ragged, masks.ragged)
	for _, f := range ragged {
		if err := a.addRagged(files, f); err != nil {
			return nil, err
		}
	}
	if len(ragged) > 0 {
		if err := a.addStateNumbers(files); err != nil {
			return nil, err
		}
	}
	for _, f := range masks.dense {
		if err := a.addStates(files, key(f), "next_"+key(f), newPacking([]*traj.Field{f})); err != nil {
			return nil, err
		}
	}
	actions := split(s, traj.RoleAction).dense
	p := newPacking(actions)
	a.actionNames = p.names()
	if err := a.addSteps(files, "actions", p); err != nil {
		return nil, err
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Leaf.Ragged || f.Role == traj.RoleObservation || f.Role == traj.RoleMask || f.Role == traj.RoleAction {
			continue
		}
		if err := a.addField(files, f); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// kinds are the fields of a role, by whether their lengths differ.
type kinds struct{ dense, ragged []*traj.Field }

func split(s *traj.Schema, role traj.Role) kinds {
	var k kinds
	for _, at := range s.Role(role) {
		if f := &s.Fields[at]; f.Leaf.Ragged {
			k.ragged = append(k.ragged, f)
		} else {
			k.dense = append(k.dense, f)
		}
	}
	return k
}

// key is an array's name for a field.
func key(f *traj.Field) string {
	switch f.Name {
	case traj.FieldReward:
		return "rewards"
	case traj.FieldTerminated:
		return "terminals"
	case traj.FieldTruncated:
		return "timeouts"
	}
	name := strings.ReplaceAll(f.Name, ".", "/")
	prefix := map[traj.Role]string{traj.RoleObservation: "observation", traj.RoleMask: "mask", traj.RoleInfo: "info"}[f.Role]
	if rest, ok := strings.CutPrefix(name, prefix); ok && prefix != "" {
		return prefix + "s" + rest
	}
	return name
}

// add takes an episode's steps into all arrays.
func (a *archive) add(e *traj.Episode) error {
	for _, write := range a.writers {
		if err := write(e); err != nil {
			return err
		}
	}
	return nil
}

// states returns a dense field's values in all states of an episode.
func states(e *traj.Episode, f *traj.Field) []byte {
	return slices.Concat(e.Steps.Find(f.Name).Data, e.Final.Find(f.Name).Data)
}

// addStates adds the arrays of what is shown before and after the steps.
func (a *archive) addStates(files *spills, before, after string, p *packing) error {
	first, err := files.add(before, p.dtype, p.shape)
	if err != nil {
		return err
	}
	next, err := files.add(after, p.dtype, p.shape)
	if err != nil {
		return err
	}
	a.writers = append(a.writers, func(e *traj.Episode) error {
		values := make([][]byte, len(p.fields))
		for i, f := range p.fields {
			values[i] = states(e, f)
		}
		n := e.Steps.Rows
		a.buffer = p.append(a.buffer[:0], values, n+1)
		row := len(a.buffer) / (n + 1)
		if err := first.write(a.buffer[:n*row], n); err != nil {
			return err
		}
		return next.write(a.buffer[row:], n)
	})
	return nil
}

// addRagged adds the arrays of what differs in length.
func (a *archive) addRagged(files *spills, f *traj.Field) error {
	values, err := files.add(key(f)+"/values", f.Leaf.DType, f.Leaf.Shape)
	if err != nil {
		return err
	}
	offsets, err := files.add(key(f)+"/offsets", env.Int64, nil)
	if err != nil {
		return err
	}
	if err := offsets.writeInt64(0); err != nil {
		return err
	}
	a.writers = append(a.writers, func(e *traj.Episode) error {
		for _, frame := range []*traj.Frame{e.Steps, e.Final} {
			v := frame.Find(f.Name)
			base := int64(values.rows)
			if err := values.write(v.Data, len(v.Data)/f.Leaf.RowBytes()); err != nil {
				return err
			}
			for _, end := range v.Offsets[1:] {
				if err := offsets.writeInt64(base + end); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return nil
}

// addStateNumbers adds the array that says which state a step starts from.
func (a *archive) addStateNumbers(files *spills) error {
	numbers, err := files.add("states", env.Int64, nil)
	if err != nil {
		return err
	}
	a.writers = append(a.writers, func(e *traj.Episode) error {
		for range e.Steps.Rows {
			if err := numbers.writeInt64(a.states); err != nil {
				return err
			}
			a.states++
		}
		a.states++ // the last one, which no step leaves
		return nil
	})
	return nil
}

// addSteps adds an array of the steps' own values.
func (a *archive) addSteps(files *spills, name string, p *packing) error {
	to, err := files.add(name, p.dtype, p.shape)
	if err != nil {
		return err
	}
	a.writers = append(a.writers, func(e *traj.Episode) error {
		values := make([][]byte, len(p.fields))
		for i, f := range p.fields {
			values[i] = e.Steps.Find(f.Name).Data
		}
		a.buffer = p.append(a.buffer[:0], values, e.Steps.Rows)
		return to.write(a.buffer, e.Steps.Rows)
	})
	return nil
}

// addField adds a field as it is, but for those that count policies and end
// episodes.
func (a *archive) addField(files *spills, f *traj.Field) error {
	if f.Name != traj.FieldPolicy && f.Name != traj.FieldTruncated {
		return a.addSteps(files, key(f), newPacking([]*traj.Field{f}))
	}
	to, err := files.add(key(f), f.Leaf.DType, nil)
	if err != nil {
		return err
	}
	a.writers = append(a.writers, func(e *traj.Episode) error {
		a.buffer = append(a.buffer[:0], e.Steps.Find(f.Name).Data...)
		if f.Name == traj.FieldTruncated {
			if !e.Terminated {
				a.buffer[e.Steps.Rows-1] = 1
			}
		} else {
			a.recode(e)
		}
		return to.write(a.buffer, e.Steps.Rows)
	})
	return nil
}

// recode turns the buffer's numbers of an episode's policies into those of the
// set's.
func (a *archive) recode(e *traj.Episode) {
	codes := []uint32{uint32(slices.Index(a.set.Policies(), e.Policy))}
	if len(e.Policies) > 0 {
		codes = codes[:0]
		for _, name := range e.Policies {
			codes = append(codes, uint32(slices.Index(a.set.Policies(), name)))
		}
	}
	for at := 0; at < len(a.buffer); at += 4 {
		own := binary.LittleEndian.Uint32(a.buffer[at:])
		binary.LittleEndian.PutUint32(a.buffer[at:], codes[own])
	}
}

// policy names the one that an episode counts.
func policy(e *traj.Episode, code int32) string {
	if len(e.Policies) == 0 {
		return e.Policy
	}
	return e.Policies[code]
}
