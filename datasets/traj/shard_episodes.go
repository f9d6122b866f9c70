package traj

import (
	"github.com/parquet-go/parquet-go"
)

// headerColumn is one column of the table of episodes: how an episode's values
// are written, and how its header is filled from them. read is nil where they
// are no part of the header.
type headerColumn struct {
	name  string
	node  parquet.Node
	write func(dst []parquet.Value, e *Episode, h *Header) []parquet.Value
	read  func(h *Header, v parquet.Value, names interner)
}

// Names of columns of the table of episodes that are read on their own.
const (
	columnPolicies = "policies"
	columnStart    = "start"
	initialPrefix  = "initial."
	finalPrefix    = "final."
)

// headerColumns lists the columns before initial.* and final.*.
func headerColumns() []headerColumn {
	type read = func(h *Header, v parquet.Value, names interner)
	one := func(name string, node parquet.Node, value func(h *Header) parquet.Value, read read) headerColumn {
		return headerColumn{name: name, node: node, read: read, write: func(dst []parquet.Value, _ *Episode, h *Header) []parquet.Value {
			return append(dst, value(h))
		}}
	}
	text := func(name string, shared bool, of func(h *Header) *string) headerColumn {
		node := parquet.String()
		if shared {
			node = nameNode()
		}
		return one(name, node, func(h *Header) parquet.Value { return textValue(*of(h)) },
			func(h *Header, v parquet.Value, names interner) {
				if *of(h) = string(v.ByteArray()); shared {
					*of(h) = names.name(v.ByteArray())
				}
			})
	}
	flag := func(name string, of func(h *Header) *bool) headerColumn {
		return one(name, parquet.Leaf(parquet.BooleanType), func(h *Header) parquet.Value { return parquet.BooleanValue(*of(h)) },
			func(h *Header, v parquet.Value, _ interner) { *of(h) = v.Boolean() })
	}
	count := func(name string, of func(h *Header) *int) headerColumn {
		return one(name, parquet.Int(32), func(h *Header) parquet.Value { return parquet.Int32Value(int32(*of(h))) },
			func(h *Header, v parquet.Value, _ interner) { *of(h) = int(v.Int32()) })
	}
	return []headerColumn{
		one(FieldEpisode, parquet.Int(64), func(h *Header) parquet.Value { return parquet.Int64Value(h.ID) },
			func(h *Header, v parquet.Value, _ interner) { h.ID = v.Int64() }),
		text("source", false, func(h *Header) *string { return &h.Source }),
		text(FieldPolicy, true, func(h *Header) *string { return &h.Policy }),
		{name: columnPolicies, node: parquet.List(nameNode()), write: appendPolicies},
		text(columnScenario, true, func(h *Header) *string { return &h.Scenario }),
		text(columnScenarioHash, true, func(h *Header) *string { return &h.ScenarioHash }),
		one(columnSeed, parquet.Optional(parquet.Uint(64)), seedValue,
			func(h *Header, v parquet.Value, _ interner) {
				h.Seed, h.Seeded = uint64(v.Int64()), !v.IsNull()
			}),
		one("policy_seed", parquet.Uint(64), func(h *Header) parquet.Value { return parquet.Int64Value(int64(h.PolicySeed)) },
			func(h *Header, v parquet.Value, _ interner) { h.PolicySeed = uint64(v.Int64()) }),
		one("reset_options", parquet.String(), func(h *Header) parquet.Value { return textValue(string(h.ResetOptions)) },
			func(h *Header, v parquet.Value, _ interner) {
				h.ResetOptions = append(h.ResetOptions, v.ByteArray()...)
			}),
		flag("complete", func(h *Header) *bool { return &h.Complete }),
		count("steps", func(h *Header) *int { return &h.Steps }),
		one("return", parquet.Leaf(parquet.DoubleType), func(h *Header) parquet.Value { return parquet.DoubleValue(h.Return) },
			func(h *Header, v parquet.Value, _ interner) { h.Return = v.Double() }),
		flag(FieldTerminated, func(h *Header) *bool { return &h.Terminated }),
		flag(FieldTruncated, func(h *Header) *bool { return &h.Truncated }),
		count("group", func(h *Header) *int { return &h.Group }),
		count("row", func(h *Header) *int { return &h.Row }),
		{name: columnStart, node: parquet.Leaf(parquet.ByteArrayType), write: func(dst []parquet.Value, e *Episode, _ *Header) []parquet.Value {
			return append(dst, parquet.ByteArrayValue(e.Start))
		}},
	}
}

func appendPolicies(dst []parquet.Value, e *Episode, _ *Header) []parquet.Value {
	for i, name := range policyNames(e) {
		dst = append(dst, textValue(name).Level(min(i, 1), 1, 0))
	}
	return dst
}

// episodeTable lists the columns of an episode.
func episodeTable(s *Schema) *table {
	t := &table{}
	for _, c := range headerColumns() {
		t.add(c.name, c.node)
	}
	t.addFields(initialPrefix, s.NewFrame(s.Role(RoleInfo)...).Fields)
	t.addFields(finalPrefix, s.NewFrame(s.shown()...).Fields)
	return t
}

// episodeBuffer holds the episodes of a row group until it is written.
type episodeBuffer struct {
	columns        []headerColumn
	values         [][]parquet.Value // of each column
	initial, final *Frame
	bytes          int
	sources        []columnSource
}

func newEpisodeBuffer(s *Schema) *episodeBuffer {
	b := &episodeBuffer{columns: headerColumns(), initial: s.NewFrame(s.Role(RoleInfo)...), final: s.NewFrame(s.shown()...)}
	b.values = make([][]parquet.Value, len(b.columns))
	for i := range b.values {
		b.sources = append(b.sources, plainSource(&b.values[i]))
	}
	for _, frame := range []*Frame{b.initial, b.final} {
		for i, f := range frame.Fields {
			b.sources = append(b.sources, fieldSources(f, &frame.Values[i])...)
		}
	}
	return b
}

// add copies what is not steps; h is the header to write.
func (b *episodeBuffer) add(e *Episode, h *Header) {
	for i := range b.columns {
		b.values[i] = b.columns[i].write(b.values[i], e, h)
	}
	b.initial.AppendRows(e.Initial, 0, 1)
	b.final.AppendRows(e.Final, 0, 1)
	b.bytes += e.Initial.bytes() + e.Final.bytes() + len(e.Start)
}

func (b *episodeBuffer) reset() {
	for i := range b.values {
		clear(b.values[i])
		b.values[i] = b.values[i][:0]
	}
	b.initial.Reset()
	b.final.Reset()
	b.bytes = 0
}
