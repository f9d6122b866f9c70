package control

import "trailblazer/internal/parameter"

// Description says what a controller is and which parameters it takes.
type Description struct {
	Name    string
	Summary string
	// Parameters are in the order of the values that New takes.
	Parameters []Parameter
	// Probes says that it decides on probe clusters too, and sends them where
	// its sender lets it.
	Probes bool
}

// Parameter is one number that a controller takes.
type Parameter = parameter.Parameter

// Descriptions lists all controllers.
func Descriptions() []Description {
	entries := catalog()
	list := make([]Description, len(entries))
	for i, e := range entries {
		list[i] = e.Description
	}
	return list
}

// Names lists the names of all controllers.
func Names() []string {
	entries := catalog()
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}
