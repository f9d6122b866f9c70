package traj

import (
	"strconv"

	"trailblazer/api/env"
)

// Role says what a field of a step is for.
type Role string

// The roles, in the order of their columns.
const (
	// RoleIdentity fields say which step of which episode it is, and who acted.
	RoleIdentity Role = "identity"
	// RoleObservation fields are what the agent saw before it acted.
	RoleObservation Role = "observation"
	// RoleMask fields say which actions were legal then.
	RoleMask Role = "mask"
	// RoleAction fields are what it did.
	RoleAction Role = "action"
	// RoleOutcome fields are reward, flags and return-to-go.
	RoleOutcome Role = "outcome"
	// RoleInfo fields are what info showed after the step, the reward's
	// components among them.
	RoleInfo Role = "info"
	// RoleExpert fields are what an expert would have done in the agent's place.
	RoleExpert Role = "expert"
)

// Field is one array of a step: a leaf of a space, or one of our own.
type Field struct {
	// Name is unique in its schema: "observation", "observation.dag.nodes",
	// "action.stage", "info.buffer_ms", "reward".
	Name string
	Role Role
	// Leaf says what its values are. Leaf.Path is the path inside the space
	// that it comes from.
	Leaf env.Leaf
	// Description says what it is, where its features do not.
	Description string
}

// Column is one column of the Parquet file: one element of a field.
type Column struct {
	// Name is the field's, followed by that of the element where it has
	// several or named ones: "observation.buffer[-1]", "info.buffer_ms".
	Name    string
	Field   *Field
	Element int
	Feature env.Feature
}

// List reports whether a row of the column is a list of numbers, not one.
func (c *Column) List() bool { return c.Field.Leaf.Ragged }

// Columns lists the columns of a field.
func (f *Field) Columns() []Column {
	columns := make([]Column, f.Leaf.Elements())
	for i := range columns {
		feature, suffix := f.element(i)
		columns[i] = Column{Name: f.Name, Field: f, Element: i, Feature: feature}
		if suffix != "" {
			columns[i].Name += "." + suffix
		}
	}
	return columns
}

// element returns the feature of element i and what its column's name ends
// with.
func (f *Field) element(i int) (feature env.Feature, suffix string) {
	n, features := f.Leaf.Elements(), f.Leaf.Features
	switch {
	case len(f.Leaf.Shape) == 0:
		if len(features) == 1 {
			feature = features[0]
		}
		return feature, ""
	case len(features) == n:
		suffix = features[i].Name
		// The same features may repeat along the first axis, as those of flows.
		inner := n / f.Leaf.Shape[0]
		if inner < n && features[i%inner].Name == features[i%inner+inner].Name {
			suffix += "[" + strconv.Itoa(i/inner) + "]"
		}
		return features[i], suffix
	case len(features) > 1 && len(features) == f.Leaf.Shape[0]:
		inner := n / len(features)
		feature = features[i/inner]
		return feature, feature.Name + "[" + strconv.Itoa(i%inner) + "]"
	case len(features) == 1:
		feature = features[0]
	}
	return feature, strconv.Itoa(i)
}
