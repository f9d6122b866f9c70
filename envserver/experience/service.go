package experience

import (
	"errors"
	"fmt"
	"net/http"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/datasets/store"
	"trailblazer/datasets/traj"
	"trailblazer/envserver"
)

// Options limits what callers may ask for. The zero value has the defaults
// given below.
type Options struct {
	// MaxPulls limits the pulls that run at once; 0 stands for 64.
	MaxPulls int
	// MaxOwnerPulls limits those of one owner, where calls have owners; 0 stands
	// for 16.
	MaxOwnerPulls int
	// MaxPoolSteps and MaxPoolBytes limit the pools of a pull, which holds two in
	// memory; 0 stands for 1,048,576 steps and 512 MiB.
	MaxPoolSteps int
	MaxPoolBytes int
	// MaxBatchBytes limits one batch; 0 stands for 256 MiB.
	MaxBatchBytes int
}

// Service implements trailblazerv1connect.DatasetServiceHandler.
type Service struct {
	store   *store.Store
	catalog env.Catalog
	options Options
	pulls   places
	calls   calls
}

// New makes the service of a store's data sets. The catalog tells what episodes
// of an environment look like that are appended.
func New(store *store.Store, catalog env.Catalog, o Options) (*Service, error) {
	for _, field := range []struct {
		name     string
		value    *int
		fallback int
	}{
		{"MaxPulls", &o.MaxPulls, 64}, {"MaxOwnerPulls", &o.MaxOwnerPulls, 16},
		{"MaxPoolSteps", &o.MaxPoolSteps, 1 << 20}, {"MaxPoolBytes", &o.MaxPoolBytes, 512 << 20}, {"MaxBatchBytes", &o.MaxBatchBytes, 256 << 20},
	} {
		switch {
		case *field.value < 0:
			return nil, fmt.Errorf("experience: option %s is %d: give 0 for the default or a positive number", field.name, *field.value)
		case *field.value == 0:
			*field.value = field.fallback
		}
	}
	return &Service{
		store: store, catalog: catalog, options: o,
		pulls: places{total: o.MaxPulls, each: o.MaxOwnerPulls, owners: map[string]int{}},
		calls: calls{known: map[callKey]*adding{}},
	}, nil
}

// Mount returns the service for the options of a server.
func (s *Service) Mount() envserver.Service {
	return envserver.Service{
		Descriptor: trailblazerv1.File_trailblazer_v1_dataset_service_proto.Services().ByName("DatasetService"),
		Handler: func(options ...connect.HandlerOption) (string, http.Handler) {
			return trailblazerv1connect.NewDatasetServiceHandler(s, options...)
		},
	}
}

// coded gives errors of the files their RPC codes. The server codes the rest.
func coded(err error) error {
	var (
		damage *traj.DamageError
		locked *traj.LockedError
	)
	switch {
	case errors.As(err, &damage):
		return connect.NewError(connect.CodeDataLoss, err)
	case errors.As(err, &locked):
		return connect.NewError(connect.CodeFailedPrecondition, err)
	case errors.Is(err, store.ErrClosed):
		return connect.NewError(connect.CodeUnavailable, err)
	}
	return err
}
