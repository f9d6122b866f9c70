package replay

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// compare finds where two episodes part: in what the start showed, in a step,
// or in what the last one showed. Replayed may be the shorter one.
func compare(recorded, replayed *traj.Episode) *Difference {
	if d := firstRow(recorded.Initial, replayed.Initial, "initial.", shown); d != nil {
		return d
	}
	if d := firstRow(recorded.Steps, replayed.Steps, "", shown); d != nil {
		return d
	}
	if replayed.Steps.Rows < recorded.Steps.Rows {
		return nil
	}
	if d := firstRow(recorded.Final, replayed.Final, "final.", shown); d != nil {
		d.Step = recorded.Steps.Rows - 1
		return d
	}
	// A return-to-go says what later steps brought, so it comes last.
	return firstRow(recorded.Steps, replayed.Steps, "", func(f *traj.Field) bool { return f.Name == traj.FieldReturnToGo })
}

// shown tells the fields that an environment fills.
func shown(f *traj.Field) bool {
	switch f.Role {
	case traj.RoleObservation, traj.RoleMask, traj.RoleInfo:
		return true
	case traj.RoleOutcome:
		return f.Name != traj.FieldReturnToGo
	}
	return false
}

// firstRow finds the first row that differs, and its first field that does,
// among the rows that both frames have and the fields that count.
func firstRow(recorded, replayed *traj.Frame, prefix string, counts func(*traj.Field) bool) *Difference {
	rows := min(recorded.Rows, replayed.Rows)
	at := -1
	for i, field := range recorded.Fields {
		if !counts(field) || sameRows(&recorded.Values[i], &replayed.Values[i], field, rows) {
			continue
		}
		// Earlier fields have differed in a later row, or not at all.
		for row := range rows {
			if !bytes.Equal(recorded.Bytes(i, row), replayed.Bytes(i, row)) {
				rows, at = row, i
				break
			}
		}
	}
	if at < 0 {
		return nil
	}
	d := difference(recorded.Fields[at], recorded.Bytes(at, rows), replayed.Bytes(at, rows))
	d.Step, d.Column = rows, prefix+d.Column
	return d
}

// sameRows compares the first rows of a field at once.
func sameRows(a, b *traj.Values, field *traj.Field, rows int) bool {
	n := int64(rows)
	if field.Leaf.Ragged {
		for i := range rows + 1 {
			if a.Offsets[i] != b.Offsets[i] {
				return false
			}
		}
		n = a.Offsets[rows]
	}
	n *= int64(field.Leaf.RowBytes())
	return bytes.Equal(a.Data[:n], b.Data[:n])
}

// difference names the first element in which two values of a field differ.
func difference(field *traj.Field, recorded, replayed []byte) *Difference {
	leaf := &field.Leaf
	if len(recorded) != len(replayed) {
		return &Difference{Column: field.Name, Recorded: count(len(recorded) / leaf.RowBytes()), Replayed: count(len(replayed) / leaf.RowBytes())}
	}
	size := leaf.DType.Size()
	element := 0
	for bytes.Equal(recorded[element*size:(element+1)*size], replayed[element*size:(element+1)*size]) {
		element++
	}
	column := field.Columns()[element%leaf.Elements()].Name
	if leaf.Ragged {
		column = fmt.Sprintf("%s[%d]", column, element/leaf.Elements())
	}
	a, b := text(leaf.DType, recorded[element*size:]), text(leaf.DType, replayed[element*size:])
	if a == b { // Two kinds of NaN.
		a, b = fmt.Sprintf("%s (%x)", a, recorded[element*size:(element+1)*size]), fmt.Sprintf("%s (%x)", b, replayed[element*size:(element+1)*size])
	}
	return &Difference{Column: column, Recorded: a, Replayed: b}
}

func count(rows int) string { return fmt.Sprintf("%d rows", rows) }

// text writes an element, little-endian, so that no other is written alike but
// for the kinds of NaN.
func text(dtype env.DType, b []byte) string {
	switch dtype {
	case env.Bool:
		return strconv.FormatBool(b[0] != 0)
	case env.Int8:
		return strconv.Itoa(int(int8(b[0])))
	case env.Uint8:
		return strconv.Itoa(int(b[0]))
	case env.Int32:
		return strconv.Itoa(int(int32(binary.LittleEndian.Uint32(b))))
	case env.Int64:
		return strconv.FormatInt(int64(binary.LittleEndian.Uint64(b)), 10)
	case env.Float32:
		return strconv.FormatFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 'g', -1, 32)
	}
	return strconv.FormatFloat(math.Float64frombits(binary.LittleEndian.Uint64(b)), 'g', -1, 64)
}
