namespace Marketplace.Architecture.Tests;

/// <summary>The rules, on the product as it is.</summary>
public sealed class HouseTests
{
    private static readonly Lazy<IReadOnlyList<CompiledAssembly>> Product = new(Repository.ProductAssemblies);
    private static readonly Lazy<Dictionary<string, string>> Banned = new(() =>
        Rules.ReadBanned(File.ReadAllText(Path.Combine(Repository.Root, "eng", "BannedSymbols.txt")))
    );

    [Fact]
    public void Projects_name_only_the_neighbours_they_may_know() =>
        AssertNone(Rules.ForbiddenReferences(Repository.References().Select(item => (item.Key, item.Value.AsEnumerable()))));

    [Fact]
    public void Compiled_assemblies_know_only_the_neighbours_they_may_know() =>
        AssertNone(Rules.ForbiddenReferences(Product.Value.Select(assembly => (assembly.Name, assembly.References.AsEnumerable()))));

    [Fact]
    public void Provisioning_speaks_the_schedulers_model_and_decides_nothing() =>
        AssertNone(Product.Value.SelectMany(Rules.MoreThanTheModel));

    [Fact]
    public void Modules_are_internal_outside_their_contracts() =>
        AssertNone(Product.Value.Where(Rules.IsModule).SelectMany(Rules.ExposedInternals));

    [Fact]
    public void No_type_has_a_name_that_says_nothing() => AssertNone(Product.Value.SelectMany(Rules.EmptyNames));

    [Fact]
    public void No_interface_stands_alone_with_one_implementation() =>
        AssertNone(Rules.LonelyInterfaces(Product.Value, Repository.TestAssemblies()));

    [Fact]
    public void The_product_takes_time_ids_and_chance_from_where_they_belong() =>
        AssertNone(Product.Value.SelectMany(assembly => Rules.BannedCalls(assembly, Banned.Value)));

    [Fact]
    public void Tests_never_sleep_and_take_time_ids_and_chance_from_where_they_belong()
    {
        var tests = Repository.TestAssemblies();
        Assert.NotEmpty(tests);
        AssertNone(tests.SelectMany(assembly => Rules.BannedCalls(assembly, Banned.Value)));
    }

    [Fact]
    public void Every_file_can_be_read_in_one_sitting() =>
        AssertNone(Rules.LongFiles(Repository.Sources("src", "tests", "e2e", "benchmarks", "migrations")));

    [Fact]
    public void Nothing_is_left_unfinished() =>
        AssertNone(Rules.UnfinishedMarks(Repository.Sources("src", "e2e", "benchmarks", "migrations")));

    private static void AssertNone(IEnumerable<string> violations)
    {
        var found = violations.Order(StringComparer.Ordinal).ToList();
        Assert.True(found.Count == 0, "\n  " + string.Join("\n  ", found));
    }
}
