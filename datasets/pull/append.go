package pull

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	client "trailblazer/clients/go"
	"trailblazer/datasets/traj"
	"trailblazer/internal/wire"
)

// To says what episodes are appended to. The data set is made where there is
// none.
type To struct {
	Dataset string
	// Environment, Scenario and Config say what was played. The server must
	// know it. An empty scenario is the environment's default; Config is nil or
	// a JSON object.
	Environment, Scenario string
	Config                json.RawMessage
	// Split is the part of the data set; empty stands for "train".
	Split string
}

// Appended counts what an Append brought.
type Appended struct {
	// Episodes were kept; Duplicates were there already, by their source. Where
	// the server was restarted after a first attempt, they are among these.
	Episodes, Duplicates int
	// Steps are those of the episodes that were kept.
	Steps int
}

// attempts is how often Append is made before an error on the way is returned.
const attempts = 4

// Append adds episodes that were played elsewhere. Of an episode its steps,
// what it began and ended with, source, policy and seed are sent; scenario and
// split are To's. Where the connection is lost, all are sent again: episodes
// without a source get one, so that none is kept twice. What is not recorded
// (info of differing length) is sent as empty.
func (c *Client) Append(ctx context.Context, to To, episodes ...*traj.Episode) (Appended, error) {
	spec, err := c.client.Describe(ctx, to.Environment, to.Scenario, to.Config)
	if err != nil {
		return Appended{}, err
	}
	leaves := wire.LeavesOf(spec)
	drawn := rand.Text()
	messages := make([]*trailblazerv1.AppendRequest, 0, 1+len(episodes))
	messages = append(messages, &trailblazerv1.AppendRequest{Part: &trailblazerv1.AppendRequest_Open{Open: &trailblazerv1.AppendOpen{
		Dataset: to.Dataset, EnvId: to.Environment, Scenario: to.Scenario, ConfigJson: string(to.Config), Split: to.Split, Call: drawn,
	}}})
	for i, e := range episodes {
		m, err := fromEpisode(e, leaves)
		if err != nil {
			return Appended{}, fmt.Errorf("episode %d: %w", i, err)
		}
		if m.Source == "" {
			m.Source = fmt.Sprintf("%s/%d", drawn, i)
		}
		messages = append(messages, &trailblazerv1.AppendRequest{Part: &trailblazerv1.AppendRequest_Episode{Episode: m}})
	}
	pause := firstPause
	for attempt := 1; ; attempt++ {
		response, err := c.append(ctx, messages)
		if err == nil {
			return Appended{Episodes: int(response.GetEpisodes()), Duplicates: int(response.GetDuplicates()), Steps: int(response.GetSteps())}, nil
		}
		if attempt == attempts || ctx.Err() != nil || !errors.Is(err, errSilent) && !client.OnTheWay(err) {
			return Appended{}, c.client.Explain(ctx, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return Appended{}, ctx.Err()
		}
		pause = min(2*pause, maxPause)
	}
}

// append sends the messages of one stream. It gives up when nothing moves for
// the client's timeout.
func (c *Client) append(ctx context.Context, messages []*trailblazerv1.AppendRequest) (*trailblazerv1.AppendResponse, error) {
	base, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timeout := c.client.Connection().Timeout
	patience := time.AfterFunc(timeout, func() { cancel(errSilent) })
	defer patience.Stop()
	stream, err := c.rpc.Append(base)
	if err != nil {
		return nil, why(base, err)
	}
	for _, m := range messages {
		patience.Reset(timeout)
		if stream.Send(m) != nil {
			break // The reply says why.
		}
	}
	patience.Reset(timeout)
	response, err := stream.CloseAndReceive()
	if err != nil {
		return nil, why(base, err)
	}
	return response, nil
}
