package minari

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
	"trailblazer/datasets/traj/internal/element"
)

// column is a column of an episode's file, or a group of them.
type column struct {
	name     string
	children []*column // sorted by name, as Parquet groups are

	// Of a column: its values, and whether a row is a list of them.
	dtype    env.DType
	elements int
	list     bool
	// data returns the values of all rows of an episode.
	data func(e *traj.Episode) []byte
}

// spaceColumns makes the columns of a space whose leaves are fields: their
// names follow the prefix. Which of an episode's values they hold is up to
// data.
func spaceColumns(name, prefix string, space env.Space, data func(field string, rowBytes int) func(*traj.Episode) []byte) (*column, error) {
	leaves := env.Leaves(space)
	next := 0
	var build func(name string, space env.Space) (*column, error)
	build = func(name string, space env.Space) (*column, error) {
		c := &column{name: name}
		add := func(name string, space env.Space) error {
			child, err := build(name, space)
			c.children = append(c.children, child)
			return err
		}
		switch s := space.(type) {
		case *env.Dict:
			for _, e := range s.Entries {
				if err := add(e.Key, e.Space); err != nil {
					return nil, err
				}
			}
			return c, nil
		case *env.Tuple:
			for i, inner := range s.Spaces {
				if err := add(strconv.Itoa(i), inner); err != nil {
					return nil, err
				}
			}
			return c, nil
		case *env.Graph, *env.Sequence:
			return nil, fmt.Errorf("%T has no fixed size", s)
		}
		leaf := &leaves[next]
		next++
		field := prefix
		if leaf.Path != "" {
			field += "." + leaf.Path
		}
		_, scalar := space.(*env.Discrete)
		c.dtype, c.elements, c.list = leaf.DType, leaf.Elements(), !scalar
		c.data = data(field, leaf.RowBytes())
		return c, nil
	}
	return build(name, space)
}

// sort orders groups by name, all the way down.
func (c *column) sort() {
	slices.SortFunc(c.children, func(a, b *column) int { return cmp.Compare(a.name, b.name) })
	for _, child := range c.children {
		child.sort()
	}
}

// node declares the column to Parquet.
func (c *column) node() parquet.Node {
	if c.data == nil {
		group := parquet.Group{}
		for _, child := range c.children {
			group[child.name] = child.node()
		}
		return group
	}
	node := element.Node(c.dtype)
	if c.list {
		return parquet.List(node)
	}
	return node
}

// leaves lists the columns below, in the order of the file.
func (c *column) leaves() []*column {
	if c.data != nil {
		return []*column{c}
	}
	var all []*column
	for _, child := range c.children {
		all = append(all, child.leaves()...)
	}
	return all
}

// write writes an episode's values.
func (c *column) write(to *parquet.ColumnWriter, e *traj.Episode) error {
	v := &traj.Values{Data: c.data(e)}
	var values []parquet.Value
	switch c.dtype {
	case env.Bool:
		values = boxed(c, traj.Of[bool](v), parquet.BooleanValue)
	case env.Int8:
		values = boxed(c, traj.Of[int8](v), func(x int8) parquet.Value { return parquet.Int32Value(int32(x)) })
	case env.Uint8:
		values = boxed(c, traj.Of[uint8](v), func(x uint8) parquet.Value { return parquet.Int32Value(int32(x)) })
	case env.Int32:
		values = boxed(c, traj.Of[int32](v), parquet.Int32Value)
	case env.Int64:
		values = boxed(c, traj.Of[int64](v), parquet.Int64Value)
	case env.Float32:
		values = boxed(c, traj.Of[float32](v), parquet.FloatValue)
	case env.Float64:
		values = boxed(c, traj.Of[float64](v), parquet.DoubleValue)
	}
	_, err := to.WriteRowValues(values)
	return err
}

// boxed makes values of the library: in a list, the first of a row begins it.
func boxed[T env.Element](c *column, data []T, value func(T) parquet.Value) []parquet.Value {
	values := make([]parquet.Value, len(data))
	for i, x := range data {
		values[i] = value(x)
		if c.list {
			values[i] = values[i].Level(min(i%c.elements, 1), 1, 0)
		}
	}
	return values
}

// columns lists all columns of an episode's file as one group.
func columns(set *traj.Set, observation, action env.Space) (*column, error) {
	states := func(field string, _ int) func(*traj.Episode) []byte {
		return func(e *traj.Episode) []byte {
			return slices.Concat(e.Steps.Find(field).Data, e.Final.Find(field).Data)
		}
	}
	// Minari gives all columns a row for the last state, and drops it again.
	padded := func(field string, rowBytes int) func(*traj.Episode) []byte {
		return func(e *traj.Episode) []byte { return slices.Concat(e.Steps.Find(field).Data, make([]byte, rowBytes)) }
	}
	observations, err := spaceColumns("observations", "observation", observation, states)
	if err != nil {
		return nil, err
	}
	actions, err := spaceColumns("actions", "action", action, padded)
	if err != nil {
		return nil, err
	}
	flag := func(name, field string) *column {
		return &column{name: name, dtype: env.Bool, elements: 1, data: padded(field, 1)}
	}
	root := &column{children: []*column{observations, actions,
		{name: "rewards", dtype: env.Float64, elements: 1, data: padded(traj.FieldReward, 8)},
		flag("terminations", traj.FieldTerminated), flag("truncations", traj.FieldTruncated)}}
	if infos := infoColumns(set.Schema()); len(infos.children) > 0 {
		root.children = append(root.children, infos)
	}
	root.sort()
	return root, nil
}

// infoColumns are those of infos: their names are paths, since Minari reads no
// groups within infos.
func infoColumns(s *traj.Schema) *column {
	infos := &column{name: "infos"}
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Leaf.Ragged || f.Role != traj.RoleInfo && f.Role != traj.RoleMask {
			continue
		}
		_, name, _ := strings.Cut(f.Name, ".")
		infos.children = append(infos.children, &column{name: name, dtype: f.Leaf.DType, elements: f.Leaf.Elements(), list: len(f.Leaf.Shape) > 0,
			data: func(e *traj.Episode) []byte {
				if f.Role == traj.RoleMask {
					return slices.Concat(e.Steps.Find(f.Name).Data, e.Final.Find(f.Name).Data)
				}
				return slices.Concat(e.Initial.Find(f.Name).Data, e.Steps.Find(f.Name).Data)
			}})
	}
	return infos
}
