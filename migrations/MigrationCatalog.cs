namespace Marketplace.Migrations;

/// <summary>The migrations built into this assembly.</summary>
public static class MigrationCatalog
{
    /// <summary>All migrations in the order they are applied.</summary>
    /// <exception cref="MigrationException">A name breaks the convention, or a number is used twice.</exception>
    public static IReadOnlyList<Migration> Load()
    {
        var assembly = typeof(MigrationCatalog).Assembly;
        return Order(
            assembly
                .GetManifestResourceNames()
                .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
                .Select(name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    return Migration.Parse(name, reader.ReadToEnd());
                })
        );
    }

    internal static IReadOnlyList<Migration> Order(IEnumerable<Migration> migrations)
    {
        var ordered = migrations
            .OrderBy(migration => migration.Number)
            .ThenBy(migration => migration.Name, StringComparer.Ordinal)
            .ToList();
        foreach (var (first, second) in ordered.Zip(ordered.Skip(1)))
            if (first.Number == second.Number)
                throw new MigrationException(
                    $"{first.Name} and {second.Name} share a number. Give one of them the next free number of its module."
                );
        return ordered;
    }
}
