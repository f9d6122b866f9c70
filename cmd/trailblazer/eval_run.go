package main

import (
	"errors"
	"strings"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/setting"
)

// describeRun finds a trained model where nothing else will do.
func describeRun(c *catalog.Catalog, name string) (*catalog.PolicyInfo, error) {
	const remedy = "name a directory that 'trailblazer train' wrote"
	info, err := c.Describe(name)
	if err == nil && info.ContentHash == "" {
		return nil, setting.Refuse("RUN", name, "is no trained model", remedy+"; 'trailblazer rollout' plays other policies")
	}
	if err == nil {
		return info, nil
	}
	dir, _, _ := strings.Cut(name, ":")
	switch kind := kindOf(dir); kind {
	case dataSetDir:
		return nil, setting.Refuse("RUN", dir, "is "+string(kind), "train on it: trailblazer train --data "+dir+" --out RUN")
	case recipeDir:
		return nil, setting.Refuse("RUN", dir, "is "+string(kind), "name one of the models in it, such as "+dir+"/seed-1/model")
	case estimatorDir:
		return nil, setting.Refuse("RUN", dir, "is "+string(kind), remedy)
	}
	if missing := (*env.NotFoundError)(nil); errors.As(err, &missing) {
		return nil, setting.Refuse("RUN", dir, "holds no run: there is no run.json in it", remedy)
	}
	return nil, err
}
