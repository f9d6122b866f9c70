package catalog

import (
	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

// Report returns what rollouts in environments of a spec measure and log.
func (c *Catalog) Report(spec *env.Spec) (rollout.Report, error) {
	f, err := c.find(spec.ID)
	if err != nil {
		return nil, err
	}
	return f.report(spec)
}
