package catalog

import (
	"fmt"

	"trailblazer/abrsim/abrenv"
	"trailblazer/abrsim/abrreport"
	"trailblazer/api/env"
	"trailblazer/internal/rollout"
)

// Report returns what an environment's family measures and logs.
func Report(spec *env.Spec) (rollout.Report, error) {
	switch spec.ID {
	case abrenv.ID:
		return abrreport.New(spec)
	}
	return nil, fmt.Errorf("catalog: environment %s has no report", spec.ID)
}
