package pull

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	client "trailblazer/clients/go"
	"trailblazer/datasets/sample"
)

// Pauses between attempts to connect again.
const (
	firstPause = 50 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Options say how to pull. The zero value begins at the beginning.
type Options struct {
	// Cursor is where to go on, with the same query; nil begins.
	Cursor []byte
	// Reconnects is how often a lost connection is made again, or a server that
	// has no room asked again, before an error is returned, with pauses that grow from 50 ms to 5 s, counted anew after
	// each batch; 0 stands for 10, which takes some 20 seconds, and less than 0
	// for none.
	Reconnects int
}

// Puller is a sample.Source whose batches come from a server. While its caller
// works with one batch, the server makes the next and sends what there is room
// for on the way. A server ends the connection of one who reads nothing for a
// minute; then the Puller goes on with the next call, after the server has read
// its pool again.
type Puller struct {
	client     *client.Client
	timeout    time.Duration
	rpc        *connect.Client[trailblazerv1.PullRequest, reply]
	request    *trailblazerv1.PullRequest
	receiver   receiver
	reconnects int

	// base, cancel and stream are nil while there is no connection.
	base   context.Context
	cancel context.CancelCauseFunc
	stream *connect.ServerStreamForClient[reply]
	over   error // io.EOF, or that it was closed
}

var (
	errSilent = errors.New("the server is silent: look after it, or give it more time with WithTimeout")
	errClosed = errors.New("pull: the puller is closed: make a new one")
)

// Pull begins a query over a data set. The context is for the preparations
// only. What the server refuses, the first Next returns.
func (c *Client) Pull(ctx context.Context, dataset string, query sample.Query, o Options) (*Puller, error) {
	request, err := fromQuery(dataset, &query)
	if err != nil {
		return nil, err
	}
	request.Cursor = slices.Clone(o.Cursor)
	info, err := c.Describe(ctx, dataset)
	if err != nil {
		return nil, err
	}
	schema, err := info.Schema()
	if err != nil {
		return nil, err
	}
	fields, err := sample.Fields(schema, query.Fields)
	if err != nil {
		return nil, err
	}
	p := &Puller{client: c.client, timeout: c.client.Connection().Timeout, request: request, reconnects: o.Reconnects}
	if p.reconnects == 0 {
		p.reconnects = 10
	}
	p.receiver.batch = sample.NewBatch(schema, fields...)
	to := c.client.Connection()
	p.rpc = connect.NewClient[trailblazerv1.PullRequest, reply](to.HTTP, to.Address+trailblazerv1connect.DatasetServicePullProcedure,
		append(slices.Clone(to.Options), connect.WithCodec(codec{}), connect.WithResponseInitializer(func(_ connect.Spec, message any) error {
			if m, ok := message.(*reply); ok {
				m.receiver = &p.receiver
			}
			return nil
		}))...)
	return p, nil
}

// Cursor implements sample.Source. It is empty before the first batch, unless
// one was given.
func (p *Puller) Cursor() []byte { return slices.Clone(p.request.GetCursor()) }

// Next implements sample.Source.
func (p *Puller) Next(ctx context.Context) (*sample.Batch, error) {
	if p.over != nil {
		return nil, p.over
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pause := firstPause
	for attempt := 0; ; attempt++ {
		err := p.receive(ctx)
		if err == nil {
			p.request.Cursor = append(p.request.Cursor[:0], p.receiver.cursor...)
			return p.receiver.batch, nil
		}
		p.drop()
		switch {
		case errors.Is(err, io.EOF):
			p.over = io.EOF
			return nil, io.EOF
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		explained := p.client.Explain(ctx, err)
		wait := pause/2 + rand.N(pause/2)
		var full *client.LimitError
		if errors.As(explained, &full) {
			wait = max(wait, full.RetryAfter)
		} else if !errors.Is(err, errSilent) && !client.OnTheWay(err) {
			return nil, explained
		}
		if attempt >= p.reconnects {
			return nil, explained
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		pause = min(2*pause, maxPause)
	}
}

// receive waits for a batch, and connects before if need be. It gives up when
// the context ends, or when nothing comes for the client's timeout.
func (p *Puller) receive(ctx context.Context) error {
	if p.base == nil {
		p.base, p.cancel = context.WithCancelCause(context.Background())
	}
	base, cancel := p.base, p.cancel
	defer context.AfterFunc(ctx, func() { cancel(nil) })()
	defer time.AfterFunc(p.timeout, func() { cancel(errSilent) }).Stop()
	if p.stream == nil {
		stream, err := p.rpc.CallServerStream(base, connect.NewRequest(p.request))
		if err != nil {
			return why(base, err)
		}
		p.stream = stream
	}
	if p.stream.Receive() {
		return nil
	}
	if err := p.stream.Err(); err != nil {
		return why(base, err)
	}
	return io.EOF
}

// why returns an error, or that nothing came for too long.
func why(base context.Context, err error) error {
	if errors.Is(context.Cause(base), errSilent) {
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	return err
}

// drop ends the connection.
func (p *Puller) drop() {
	if p.cancel != nil {
		p.cancel(nil)
	}
	if p.stream != nil {
		_ = p.stream.Close()
	}
	p.base, p.cancel, p.stream = nil, nil, nil
}

// Close implements sample.Source.
func (p *Puller) Close() error {
	p.drop()
	p.over = errClosed
	return nil
}
