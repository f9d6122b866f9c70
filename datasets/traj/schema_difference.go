package traj

import (
	"fmt"
	"strconv"
)

// Difference names the first field or column in which two schemas differ, and
// says what it is in either. The name is empty where there is none: steps of
// both may lie in one data set.
func (s *Schema) Difference(o *Schema) (name, own, other string) {
	for _, fields := range [][]Field{s.Fields, o.Fields} {
		for i := range fields {
			if own, other = s.kind(fields[i].Name), o.kind(fields[i].Name); own != other {
				return "field " + strconv.Quote(fields[i].Name), own, other
			}
		}
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; !f.same(&o.Fields[i]) {
			at := o.byName[f.Name]
			return "field " + strconv.Quote(f.Name), fmt.Sprintf("number %d, %s", i, f.Role), fmt.Sprintf("number %d, %s", at, o.Fields[at].Role)
		}
	}
	columns := o.Columns()
	for i, c := range s.Columns() {
		if c.Name != columns[i].Name {
			return fmt.Sprintf("column %d", i), strconv.Quote(c.Name), strconv.Quote(columns[i].Name)
		}
	}
	return "", "", ""
}

// kind is the type and shape of the field of this name.
func (s *Schema) kind(name string) string {
	at := s.Field(name)
	if at < 0 {
		return "missing"
	}
	return s.Fields[at].kind()
}
