package experience

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/envserver"
	"trailblazer/internal/wire"
)

// ListDatasets implements trailblazerv1connect.DatasetServiceHandler. What is
// not finished yet is not counted, and a data set that can't be read is listed
// by its name only: describing it says why.
func (s *Service) ListDatasets(ctx context.Context, _ *trailblazerv1.ListDatasetsRequest) (*trailblazerv1.ListDatasetsResponse, error) {
	visible := s.store.Of(envserver.Owner(ctx))
	names, err := visible.Names()
	if err != nil {
		return nil, err
	}
	response := new(trailblazerv1.ListDatasetsResponse)
	for _, name := range names {
		row := &trailblazerv1.Dataset{Name: name}
		if set, err := visible.Look(name); err == nil {
			row = summary(name, set)
			set.Close()
		}
		response.Datasets = append(response.Datasets, row)
	}
	return response, nil
}

func summary(name string, set *traj.Set) *trailblazerv1.Dataset {
	info := set.Info()
	row := &trailblazerv1.Dataset{Name: name, EnvId: info.Environment,
		Episodes: int64(info.Statistics.Episodes), Steps: int64(info.Statistics.Steps)}
	for i := range info.Scenarios {
		row.Scenarios = append(row.Scenarios, info.Scenarios[i].Name)
	}
	slices.Sort(row.Scenarios)
	row.Scenarios = slices.Compact(row.Scenarios)
	for _, shard := range set.Shards() {
		row.Bytes += shard.Bytes
	}
	return row
}

// DescribeDataset implements trailblazerv1connect.DatasetServiceHandler. It
// tells of what is finished, and finishes nothing: pages that show a recording
// ask again and again.
func (s *Service) DescribeDataset(ctx context.Context, request *trailblazerv1.DescribeDatasetRequest) (*trailblazerv1.DescribeDatasetResponse, error) {
	set, err := s.store.Of(envserver.Owner(ctx)).Look(request.GetDataset())
	if err != nil {
		return nil, coded(err)
	}
	defer set.Close()
	info, err := json.Marshal(set.Info())
	if err != nil {
		return nil, err
	}
	response := &trailblazerv1.DescribeDatasetResponse{Dataset: summary(request.GetDataset(), set), InfoJson: string(info)}
	fields := set.Schema().Fields
	for i := range fields {
		response.Fields = append(response.Fields, describe(&fields[i]))
	}
	return response, nil
}

func describe(f *traj.Field) *trailblazerv1.DatasetField {
	field := &trailblazerv1.DatasetField{
		Name: f.Name, Role: string(f.Role), Dtype: wire.FromDType(f.Leaf.DType), Ragged: f.Leaf.Ragged, Description: f.Description,
	}
	for _, n := range f.Leaf.Shape {
		field.Shape = append(field.Shape, int64(n))
	}
	for _, c := range f.Columns() {
		field.Columns = append(field.Columns, c.Name)
	}
	return field
}

// defaultPage is the number of episodes that ListEpisodes returns where it is
// not told.
const defaultPage = 1000

// ListEpisodes implements trailblazerv1connect.DatasetServiceHandler. Like
// DescribeDataset, it finishes nothing.
func (s *Service) ListEpisodes(ctx context.Context, request *trailblazerv1.ListEpisodesRequest) (*trailblazerv1.ListEpisodesResponse, error) {
	set, err := s.store.Of(envserver.Owner(ctx)).Look(request.GetDataset())
	if err != nil {
		return nil, coded(err)
	}
	defer set.Close()
	headers, err := set.Headers()
	if err != nil {
		return nil, coded(err)
	}
	filter := filterOf(request.GetFilter())
	if err := filter.Check(headers); err != nil {
		return nil, err
	}
	var kept []*traj.Header
	for i := range headers {
		if h := &headers[i]; h.ID >= request.GetFromEpisode() && filter.Keeps(h) {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b *traj.Header) int { return cmp.Compare(a.ID, b.ID) })
	response := new(trailblazerv1.ListEpisodesResponse)
	limit := int(request.GetLimit())
	if limit == 0 {
		limit = defaultPage
	}
	if len(kept) > limit {
		response.NextEpisode = kept[limit].ID
		kept = kept[:limit]
	}
	for _, h := range kept {
		response.Episodes = append(response.Episodes, episodeRow(h))
	}
	return response, nil
}

func episodeRow(h *traj.Header) *trailblazerv1.Episode {
	row := &trailblazerv1.Episode{
		Episode: h.ID, Source: h.Source, Policy: h.Policy, Scenario: h.Scenario, ScenarioHash: h.ScenarioHash, Split: h.Split,
		Complete: h.Complete, Terminated: h.Terminated, Truncated: h.Truncated, Steps: int64(h.Steps), Return: h.Return,
	}
	if h.Seeded {
		row.Seed = &h.Seed
	}
	return row
}

func filterOf(m *trailblazerv1.EpisodeFilter) sample.Filter {
	f := sample.Filter{Policies: m.GetPolicies(), Scenarios: m.GetScenarios(), Splits: m.GetSplits(), CompleteOnly: m.GetCompleteOnly()}
	if m != nil {
		f.MinReturn = m.MinReturn
	}
	return f
}

// specOf looks up what is appended.
func (s *Service) specOf(open *trailblazerv1.AppendOpen) (*env.Spec, error) {
	var config json.RawMessage
	if text := open.GetConfigJson(); text != "" {
		if !json.Valid([]byte(text)) {
			return nil, &env.FieldError{Field: "open.config_json", Value: abbreviate(text), Remedy: "give a JSON object"}
		}
		config = json.RawMessage(text)
	}
	factory, err := s.catalog.Factory(open.GetEnvId(), open.GetScenario(), config)
	if err != nil {
		return nil, err
	}
	return factory.Spec(), nil
}

// abbreviate cuts text to what fits an error message.
func abbreviate(text string) string {
	const longest = 64
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
