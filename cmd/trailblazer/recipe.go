package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/internal/recipe"
	"trailblazer/recipes"
)

func newRecipeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recipe COMMAND",
		Short: "Run whole experiments: collect, train, compare, for several seeds",
		Long: `Run whole experiments from data to table. A recipe is a list of this program's own
commands: each is printed before it runs, so that it can be copied, and 'show' prints
them all. They run for each of several seeds, and end with a table of means over the
seeds.

A recipe of your own is a file in the same form; 'show NAME --source' prints one to
begin with.`,
		Example: `  trailblazer recipe list
  trailblazer recipe show abr
  trailblazer recipe run quick --out first
  trailblazer recipe run abr --data DIR --out abr --seeds 1,2,3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRecipeListCommand(), newRecipeShowCommand(), newRecipeRunCommand())
	return cmd
}

// recipeLibrary reads the recipes that come with the program.
func recipeLibrary() (*recipe.Library, error) {
	texts, err := recipes.All()
	if err != nil {
		return nil, err
	}
	return recipe.NewLibrary(texts)
}

// findRecipe reads the recipe of a name, or of a file.
func findRecipe(name string) (*recipe.Recipe, error) {
	library, err := recipeLibrary()
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, ".json") {
		r, err := library.Find(name)
		if err != nil {
			return nil, fmt.Errorf("%w; a recipe of your own is a file whose name ends in .json", err)
		}
		return r, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r, err := library.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

func newRecipeListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the recipes",
		Example: `  trailblazer recipe list --json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			library, err := recipeLibrary()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), library.Recipes())
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, r := range library.Recipes() {
				fmt.Fprintf(table, "%s\t%s\n", r.Name, r.Title)
			}
			return table.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the recipes as JSON")
	return cmd
}

// recipeFlags are the arguments that show and run share.
type recipeFlags struct {
	data   dataFlag
	out    string
	seeds  []uint
	quick  bool
	values []string
	asJSON bool
}

func (f *recipeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.UintSliceVar(&f.seeds, "seeds", nil, "seeds, separated by commas (default: the recipe's)")
	flags.BoolVar(&f.quick, "quick", false, "a first look: one seed, less of everything")
	flags.StringArrayVar(&f.values, "set", nil, "replace a value of the recipe, as in --set episodes=50; may be given several times")
	f.data.register(cmd)
}

// plan fills in a recipe.
func (f *recipeFlags) plan(name string) (*recipe.Plan, error) {
	r, err := findRecipe(name)
	if err != nil {
		return nil, err
	}
	s := recipe.Settings{Out: f.out, Data: f.data.dir, Quick: f.quick, Values: map[string]string{}}
	for _, one := range f.values {
		name, value, ok := strings.Cut(one, "=")
		if !ok {
			return nil, fmt.Errorf("--set %s sets nothing: give NAME=VALUE, such as episodes=50", strconv.Quote(one))
		}
		s.Values[name] = value
	}
	for _, seed := range f.seeds {
		s.Seeds = append(s.Seeds, uint64(seed))
	}
	plan, err := recipe.NewPlan(r, s)
	if err != nil {
		return nil, err
	}
	if err := checkCommands(plan); err != nil {
		return nil, err
	}
	return plan, nil
}

// checkCommands refuses a command that this program would not begin, before those
// in front of it have worked for hours.
func checkCommands(p *recipe.Plan) error {
	for i := range p.Commands {
		if err := checkCommand(p.Commands[i].Args); err != nil {
			return fmt.Errorf("command %d of %d can't run: %w: give other values with --set\n%s", i+1, len(p.Commands), err, recipeLine(&p.Commands[i]))
		}
	}
	return nil
}

// checkCommand reads a command's flags and arguments, and runs nothing.
func checkCommand(args []string) error {
	cmd, rest, err := newRootCommand().Find(args)
	if err != nil {
		return err
	}
	if !cmd.Runnable() {
		return fmt.Errorf("%s is no whole command", cmd.CommandPath())
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return err
	}
	if err := cmd.ValidateRequiredFlags(); err != nil {
		return err
	}
	return cmd.ValidateFlagGroups()
}

func newRecipeShowCommand() *cobra.Command {
	var (
		flags  recipeFlags
		source bool
	)
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Say what a recipe does, and print its commands",
		Example: `  trailblazer recipe show abr
  trailblazer recipe show abr --data DIR --seeds 7 --set rounds=3
  trailblazer recipe show abr --source > mine.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, err := flags.plan(args[0])
			if err != nil {
				return err
			}
			switch {
			case source:
				return writeJSON(cmd.OutOrStdout(), plan.Recipe)
			case flags.asJSON:
				return writeJSON(cmd.OutOrStdout(), newPlanListing(plan))
			}
			return writePlan(cmd.OutOrStdout(), plan)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&flags.out, "out", "OUT", "directory of the run, as the commands name it")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print the commands as JSON")
	cmd.Flags().BoolVar(&source, "source", false, "print the recipe itself: a file to change and to run")
	return cmd
}

// planListing is what `recipe show --json` prints.
type planListing struct {
	Name     string            `json:"name"`
	Title    string            `json:"title"`
	About    string            `json:"about"`
	Values   map[string]string `json:"values"`
	Seeds    []uint64          `json:"seeds"`
	Commands []string          `json:"commands"`
}

func newPlanListing(p *recipe.Plan) planListing {
	l := planListing{Name: p.Recipe.Name, Title: p.Recipe.Title, About: p.Recipe.About, Values: p.Values, Seeds: p.Seeds, Commands: []string{}}
	for i := range p.Commands {
		l.Commands = append(l.Commands, recipeLine(&p.Commands[i]))
	}
	return l
}

func writePlan(w io.Writer, p *recipe.Plan) error {
	fmt.Fprintf(w, "%s: %s\n\n%s\n\n", p.Recipe.Name, p.Recipe.Title, wrap(p.Recipe.About))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	l := newPlanListing(p)
	for _, name := range sortedNames(p.Values) {
		fmt.Fprintf(table, "--set %s=%s\n", name, p.Values[name])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for i, c := range p.Commands {
		if i == 0 || p.Commands[i-1].Seed != c.Seed {
			fmt.Fprintf(w, "\n# seed %d\n", c.Seed)
		}
		fmt.Fprintln(w, l.Commands[i])
	}
	for _, name := range sortedNames(p.Files) {
		fmt.Fprintf(w, "\n# %s\n%s", name, p.Files[name])
	}
	return nil
}

// recipeLine is a command as one would type it.
func recipeLine(c *recipe.Command) string {
	line := commandLine(append([]string{"trailblazer"}, c.Args...))
	if c.Report != "" {
		line += " > " + commandLine([]string{"", c.Report})[len("trailblazer "):]
	}
	return line
}
