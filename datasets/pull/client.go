package pull

import (
	"context"
	"encoding/json"
	"fmt"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	client "trailblazer/clients/go"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
)

// Client is a connection to a server's data sets. It is safe for concurrent
// use.
type Client struct {
	client *client.Client
	rpc    trailblazerv1connect.DatasetServiceClient
}

// Dial prepares calls to the server at http://host:port, https://host:port or
// unix:///path/to/socket, with the options of the environments' client. It
// connects with the first call.
func Dial(address string, options ...client.Option) (*Client, error) {
	c, err := client.Dial(address, options...)
	if err != nil {
		return nil, err
	}
	return New(c), nil
}

// New makes a Client that shares a connection with an environments' client.
func New(c *client.Client) *Client {
	to := c.Connection()
	return &Client{client: c, rpc: trailblazerv1connect.NewDatasetServiceClient(to.HTTP, to.Address, to.Options...)}
}

// Close drops the connections that rest.
func (c *Client) Close() { c.client.Close() }

// Dataset is one row of the server's list.
type Dataset struct {
	Name        string
	Environment string
	Scenarios   []string
	Episodes    int
	Steps       int
	Bytes       int64
}

// List returns the data sets that the caller may see. What is being written is
// not counted.
func (c *Client) List(ctx context.Context) ([]Dataset, error) {
	response, err := client.Call(ctx, c.client, func(ctx context.Context) (*trailblazerv1.ListDatasetsResponse, error) {
		return c.rpc.ListDatasets(ctx, &trailblazerv1.ListDatasetsRequest{})
	})
	if err != nil {
		return nil, err
	}
	list := make([]Dataset, len(response.GetDatasets()))
	for i, d := range response.GetDatasets() {
		list[i] = Dataset{Name: d.GetName(), Environment: d.GetEnvId(), Scenarios: d.GetScenarios(),
			Episodes: int(d.GetEpisodes()), Steps: int(d.GetSteps()), Bytes: d.GetBytes()}
	}
	return list, nil
}

// Describe returns what a data set's meta/info.json says: of what is finished.
// What was added last is when somebody pulls, or some time after its writers have
// left. The Schema of the answer lists the fields of a step.
func (c *Client) Describe(ctx context.Context, dataset string) (*traj.Info, error) {
	response, err := client.Call(ctx, c.client, func(ctx context.Context) (*trailblazerv1.DescribeDatasetResponse, error) {
		return c.rpc.DescribeDataset(ctx, &trailblazerv1.DescribeDatasetRequest{Dataset: dataset})
	})
	if err != nil {
		return nil, err
	}
	info := new(traj.Info)
	if err := json.Unmarshal([]byte(response.GetInfoJson()), info); err != nil {
		return nil, fmt.Errorf("the server's description of data set %s: %w", dataset, err)
	}
	return info, nil
}

// Episodes returns the headers of the episodes that a filter selects, in the
// order of their numbers, as far as they are finished. They say nothing of the
// places in the files.
func (c *Client) Episodes(ctx context.Context, dataset string, filter sample.Filter) ([]traj.Header, error) {
	request := &trailblazerv1.ListEpisodesRequest{Dataset: dataset, Filter: fromFilter(&filter)}
	var headers []traj.Header
	for {
		response, err := client.Call(ctx, c.client, func(ctx context.Context) (*trailblazerv1.ListEpisodesResponse, error) {
			return c.rpc.ListEpisodes(ctx, request)
		})
		if err != nil {
			return nil, err
		}
		for _, e := range response.GetEpisodes() {
			headers = append(headers, traj.Header{
				ID: e.GetEpisode(), Source: e.GetSource(), Policy: e.GetPolicy(), Scenario: e.GetScenario(), ScenarioHash: e.GetScenarioHash(),
				Seed: e.GetSeed(), Seeded: e.Seed != nil, Complete: e.GetComplete(), Split: e.GetSplit(),
				Steps: int(e.GetSteps()), Return: e.GetReturn(), Terminated: e.GetTerminated(), Truncated: e.GetTruncated(),
			})
		}
		if request.FromEpisode = response.GetNextEpisode(); request.FromEpisode == 0 {
			return headers, nil
		}
	}
}
