using Marketplace.Architecture.Tests.CounterExamples;

namespace Marketplace.Architecture.Tests;

/// <summary>Each rule finds the violation it is there for, and lets the allowed neighbour pass.</summary>
public sealed class CounterExampleTests
{
    private static readonly CompiledAssembly Own = CompiledAssembly.Read(typeof(CounterExampleTests).Assembly.Location);

    [Fact]
    public void A_forbidden_reference_is_found()
    {
        Assert.Equal(
            ["Marketplace.Billing must not know Marketplace.Orders"],
            Check("Marketplace.Billing", "Marketplace.Platform", "Marketplace.Orders")
        );
        Assert.Equal(
            ["Marketplace.Scheduling must not know Marketplace.Platform"],
            Check("Marketplace.Scheduling", "Marketplace.Platform")
        );
        Assert.Equal(["Marketplace.Orders must not know Marketplace.Web"], Check("Marketplace.Orders", "Marketplace.Web"));
        Assert.Empty(Check("Marketplace.Orders", "Marketplace.Billing", "Marketplace.Market"));

        static IEnumerable<string> Check(string project, params string[] references) => Rules.ForbiddenReferences([(project, references)]);
    }

    [Fact]
    public void A_project_nobody_thought_about_is_found() => Assert.Single(Rules.ForbiddenReferences([("Marketplace.Surprise", [])]));

    [Fact]
    public void References_are_read_from_a_project_file_and_from_an_assembly()
    {
        var file = Path.Combine(Repository.Root, "src", "Marketplace.Orders", "Marketplace.Orders.csproj");
        Assert.Contains("Marketplace.Billing", Repository.ReferencesOf(file));
        var migrations = Repository.ProductAssemblies().Single(assembly => assembly.Name == "Marketplace.Migrations");
        Assert.Contains("Marketplace.Platform", migrations.References);
    }

    [Fact]
    public void A_cluster_room_that_decides_is_found()
    {
        Assert.Single(Check("Marketplace.Scheduling:Marketplace.Scheduling.Placement"));
        Assert.Empty(Check("Marketplace.Scheduling:Marketplace.Scheduling.Model"));
        Assert.Contains(Own.ForeignTypes, type => type.EndsWith(":Xunit", StringComparison.Ordinal));

        static IEnumerable<string> Check(string type) =>
            Rules.MoreThanTheModel(
                new CompiledAssembly("Marketplace.Provisioning", [], [], new HashSet<string>(), new HashSet<string> { type })
            );
    }

    [Fact]
    public void A_public_type_outside_contracts_is_found()
    {
        CompiledType[] types =
        [
            new("Marketplace.Market.Domain", "Listing", true, false, []),
            new("Marketplace.Market.Contracts", "ListingView", true, false, []),
            new("Marketplace.Market.Domain", "PriceBook", false, false, []),
            new("Marketplace.Market", "MarketModule", true, false, []),
            new("Marketplace.Market", "MarketOptions", true, false, []),
        ];
        var violation = Assert.Single(
            Rules.ExposedInternals(new CompiledAssembly("Marketplace.Market", [], types, new HashSet<string>(), new HashSet<string>()))
        );
        Assert.Contains("Domain.Listing ", violation, StringComparison.Ordinal);
    }

    [Fact]
    public void Visibility_is_read_from_metadata()
    {
        Assert.True(Own.Types.Single(type => type.Name == nameof(HouseTests)).IsPublic);
        Assert.False(Own.Types.Single(type => type.Name == nameof(ThingManager)).IsPublic);
        Assert.False(Own.Types.Single(type => type.Name == nameof(ThingManager.Inner)).IsPublic);
    }

    [Fact]
    public void An_empty_name_is_found() =>
        Assert.Contains(Rules.EmptyNames(Own), violation => violation.EndsWith(nameof(ThingManager), StringComparison.Ordinal));

    [Fact]
    public void A_lonely_interface_is_found_and_one_with_two_implementations_is_not()
    {
        var violations = Rules.LonelyInterfaces([Own], []).ToList();
        Assert.Contains(violations, violation => violation.Contains(nameof(ILonely), StringComparison.Ordinal));
        Assert.Contains(violations, violation => violation.Contains("ILonelyGeneric", StringComparison.Ordinal));
        Assert.DoesNotContain(violations, violation => violation.Contains(nameof(IShared), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_banned_symbol_that_is_used_is_found()
    {
        var banned = Rules.ReadBanned(File.ReadAllText(Path.Combine(Repository.Root, "eng", "BannedSymbols.txt")));
        var found = Rules.BannedCalls(Own, banned).ToList();
        // A spelling mistake in the list, or in our spelling of ids, would leave one of these out.
        Assert.Equal(banned.Count, found.Count);
    }

    [Fact]
    public void A_file_too_long_is_found()
    {
        Assert.Single(Rules.LongFiles([("long.cs", new string('\n', Rules.MaxLines + 1)), ("short.cs", new string('\n', Rules.MaxLines))]));
    }

    [Fact]
    public void An_unfinished_mark_is_found()
    {
        Assert.Equal(
            2,
            Rules.UnfinishedMarks([("a.cs", "// TODO later\nthrow new NotImplementedException();"), ("b.cs", "// Todos are fine")]).Count()
        );
    }
}
