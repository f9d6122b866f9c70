package main

import "github.com/spf13/cobra"

func newDataCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data COMMAND",
		Short: "Look after data sets: what agents did, kept for training",
		Long: `Look after data sets: directories of Parquet files with a row for every step that
an agent took, which 'trailblazer collect' fills and sessions record.`,
		Example: `  trailblazer data info runs/abr
  trailblazer data validate runs/abr --repair
  trailblazer data split runs/abr --out runs/abr-split --by info.trace`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDataInfoCommand(), newDataValidateCommand(), newDataMergeCommand(), newDataSplitCommand(), newDataImportCommand(), newDataExportCommand(), newDataPullCommand())
	return cmd
}
