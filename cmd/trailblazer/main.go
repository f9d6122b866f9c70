// Command trailblazer serves network-optimization environments to
// reinforcement-learning agents, and plays policies in them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker; see the Makefile.
var version = ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newRootCommand().ExecuteContext(ctx)
	interrupted := ctx.Err() != nil
	stop()
	if err == nil {
		return
	}
	if interrupted && errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "trailblazer: interrupted")
		os.Exit(130)
	}
	fmt.Fprintln(os.Stderr, "trailblazer:", err)
	os.Exit(1)
}
