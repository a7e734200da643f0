using System.Xml.Linq;

namespace Marketplace.Architecture.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    // …/tests/Marketplace.Architecture.Tests/bin/Release/net10.0/
    private static readonly string[] Output = AppContext.BaseDirectory.TrimEnd('/').Split('/')[^2..];

    /// <summary>Project name → names of the projects it references, for the product (not the tests).</summary>
    public static Dictionary<string, string[]> References() =>
        ProductProjects().ToDictionary(project => Path.GetFileNameWithoutExtension(project), ReferencesOf, StringComparer.Ordinal);

    /// <summary>The compiled assemblies of the product, in the configuration we were built in.</summary>
    public static IReadOnlyList<CompiledAssembly> ProductAssemblies() =>
        ProductProjects()
            .Select(project =>
                CompiledAssembly.Find(project, Output)
                ?? throw new InvalidOperationException(
                    $"{Path.GetFileName(project)} is not built in {string.Join('/', Output)}. Build the solution first."
                )
            )
            .ToList();

    /// <summary>The compiled test assemblies: those that have been built, without this one, which holds the counter-examples.</summary>
    public static IReadOnlyList<CompiledAssembly> TestAssemblies() =>
        new[] { "tests", "e2e" }
            .SelectMany(folder => Projects(folder))
            .Select(project => CompiledAssembly.Find(project, Output))
            .OfType<CompiledAssembly>()
            .Where(assembly => assembly.Name != typeof(Repository).Assembly.GetName().Name)
            .ToList();

    /// <summary>Hand-written source files with their paths relative to the root.</summary>
    public static IEnumerable<(string Path, string Text)> Sources(params string[] folders) =>
        from folder in folders
        let full = Path.Combine(Root, folder)
        where Directory.Exists(full)
        from file in Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories)
        where Path.GetExtension(file) is ".cs" or ".razor"
        let relative = Path.GetRelativePath(Root, file)
        where !relative.Split('/').Any(part => part is "bin" or "obj" or "node_modules")
        select (relative, File.ReadAllText(file));

    private static IEnumerable<string> ProductProjects() => Projects("src").Concat(Projects("migrations"));

    private static IEnumerable<string> Projects(string folder) =>
        Directory.Exists(Path.Combine(Root, folder))
            ? Directory
                .EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories)
                .Where(file => !file.Contains("/bin/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
            : [];

    internal static string[] ReferencesOf(string projectFile) =>
        XDocument
            .Load(projectFile)
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')))
            .ToArray();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Marketplace.sln was not found above the test's folder.");
    }
}
