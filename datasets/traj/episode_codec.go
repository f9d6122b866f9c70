package traj

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// An episode as bytes, for the journal: header and names of policies, then the
// frames' arrays as they lie in memory. Numbers are uvarints but for the 8
// bytes of seeds; texts stand behind their lengths. What seal computes is left out.

// The bits of the flags' byte.
const (
	flagSeeded = 1 << iota
	flagStart
	flagResetOptions
)

// appendEpisode appends an episode that check has passed.
func appendEpisode(dst []byte, e *Episode) []byte {
	flags := byte(0)
	for _, f := range []struct {
		bit byte
		set bool
	}{{flagSeeded, e.Seeded}, {flagStart, e.Start != nil}, {flagResetOptions, e.ResetOptions != nil}} {
		if f.set {
			flags |= f.bit
		}
	}
	dst = append(dst, flags)
	dst = binary.LittleEndian.AppendUint64(dst, e.Seed)
	dst = binary.LittleEndian.AppendUint64(dst, e.PolicySeed)
	for _, s := range []string{e.Source, e.Policy, e.Scenario, e.ScenarioHash, string(e.ResetOptions), string(e.Start)} {
		dst = appendText(dst, s)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.Policies)))
	for _, name := range e.Policies {
		dst = appendText(dst, name)
	}
	dst = binary.AppendUvarint(dst, uint64(e.Steps.Rows))
	for _, f := range []*Frame{e.Steps, e.Initial, e.Final} {
		for i, field := range f.Fields {
			if sealed(field) {
				continue
			}
			v := &f.Values[i]
			for k := 1; k < len(v.Offsets); k++ {
				dst = binary.AppendUvarint(dst, uint64(v.Offsets[k]-v.Offsets[k-1]))
			}
			dst = append(dst, v.Data...)
		}
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// newEpisode makes one of no steps.
func (s *Schema) newEpisode() *Episode {
	return &Episode{Steps: s.NewFrame(), Initial: s.NewFrame(s.initial...), Final: s.NewFrame(s.final...)}
}

// parse reads what appendEpisode wrote for the same schema, as episode number
// id. It copies what it keeps, into the memory that the episode has.
func (e *Episode) parse(schema *Schema, id int64, text []byte) error {
	d := &decoder{rest: text}
	e.Header, e.Policies, e.Start = Header{}, e.Policies[:0], nil
	for _, f := range []*Frame{e.Steps, e.Initial, e.Final} {
		f.Reset()
	}
	flags := d.take(1)
	if d.err != nil {
		return d.err
	}
	e.Seeded = flags[0]&flagSeeded != 0
	e.Seed, e.PolicySeed = d.uint64(), d.uint64()
	e.Source, e.Policy, e.Scenario, e.ScenarioHash = d.text(), d.text(), d.text(), d.text()
	options, start := d.text(), d.text()
	if flags[0]&flagResetOptions != 0 {
		e.ResetOptions = json.RawMessage(options)
	}
	if flags[0]&flagStart != 0 {
		e.Start = []byte(start)
	}
	for range d.count(1) {
		e.Policies = append(e.Policies, d.text())
	}
	// A step has a reward of its own, so that there are fewer than bytes left.
	steps := d.count(1)
	for _, frame := range []struct {
		f    *Frame
		rows int
	}{{e.Steps, steps}, {e.Initial, 1}, {e.Final, 1}} {
		d.frame(frame.f, frame.rows)
	}
	if d.err == nil && len(d.rest) > 0 {
		d.err = fmt.Errorf("has %d bytes after its end", len(d.rest))
	}
	if d.err != nil {
		return d.err
	}
	if err := schema.check(e); err != nil {
		return err
	}
	e.seal(id)
	return nil
}

// sealed tells the fields that seal computes.
func sealed(f *Field) bool { return f.Name == FieldEpisode || f.Name == FieldReturnToGo }

// seal gives an episode its number and computes what follows from its steps.
func (e *Episode) seal(id int64) {
	e.finish()
	e.ID = id
	ids := Of[int64](e.Steps.Find(FieldEpisode))
	for i := range ids {
		ids[i] = id
	}
}

// decoder takes values off the front of a text. After the first failure it
// gives zeros.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) take(n int) []byte {
	if d.err == nil && n > len(d.rest) {
		d.err = fmt.Errorf("is cut short: %d bytes are left of %d", len(d.rest), n)
	}
	if d.err != nil {
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// count reads how many things follow, each of at least size bytes.
func (d *decoder) count(size int) int {
	x, n := binary.Uvarint(d.rest)
	if d.err == nil && (n <= 0 || x > math.MaxInt32<<8 || int(x) > (len(d.rest)-n)/size) {
		d.err = fmt.Errorf("has a count that does not fit the %d bytes left", len(d.rest))
	}
	if d.err != nil {
		return 0
	}
	d.rest = d.rest[n:]
	return int(x)
}

func (d *decoder) text() string { return string(d.take(d.count(1))) }

func (d *decoder) frame(f *Frame, rows int) {
	f.Rows = rows
	for i, field := range f.Fields {
		v, size := &f.Values[i], field.Leaf.RowBytes()
		switch {
		case sealed(field):
		case !field.Leaf.Ragged && rows > len(d.rest)/size:
			d.take(len(d.rest) + 1)
		case !field.Leaf.Ragged:
			v.Data = append(v.Data, d.take(rows*size)...)
		default:
			end := int64(0)
			for range rows {
				end += int64(d.count(size))
				v.Offsets = append(v.Offsets, end)
			}
			if end > int64(len(d.rest)/size) {
				d.take(len(d.rest) + 1)
			}
			v.Data = append(v.Data, d.take(int(end)*size)...)
		}
		if d.err != nil {
			return
		}
	}
}
