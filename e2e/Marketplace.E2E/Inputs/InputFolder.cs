namespace Marketplace.E2E.Inputs;

/// <summary>The folder of recorded data sets, where there is one: the same that the benchmarks take.</summary>
internal static class InputFolder
{
    public const string Variable = "MARKETPLACE_BENCH_DATA";

    /// <summary>A file of the folder; null when the folder or the file is not there.</summary>
    public static string? Find(string folder, string file) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root
        && Path.Combine(root, folder, file) is var path
        && File.Exists(path)
            ? path
            : null;
}
