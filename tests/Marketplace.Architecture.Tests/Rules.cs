using System.Text.RegularExpressions;

namespace Marketplace.Architecture.Tests;

/// <summary>The rules of the house as functions from facts to violations, so that each can be tried on a counter-example.</summary>
internal static partial class Rules
{
    public const int MaxLines = 400;

    private static readonly string[] Modules =
    [
        "Marketplace.Market",
        "Marketplace.Orders",
        "Marketplace.Billing",
        "Marketplace.Provisioning",
    ];

    /// <summary>Who may know whom. A project that is not here is a violation: a new room states its neighbours first.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Marketplace.Scheduling"] = [],
        ["Marketplace.Clusters"] = ["Marketplace.Scheduling"],
        ["Marketplace.Platform"] = [],
        ["Marketplace.Market"] = ["Marketplace.Platform", "Marketplace.Scheduling"],
        // The scheduler's model stands in the signatures of Clusters; see MoreThanTheModel.
        ["Marketplace.Provisioning"] = ["Marketplace.Platform", "Marketplace.Clusters", "Marketplace.Scheduling"],
        ["Marketplace.Billing"] = ["Marketplace.Platform"],
        ["Marketplace.Orders"] =
        [
            "Marketplace.Platform",
            "Marketplace.Scheduling",
            "Marketplace.Market",
            "Marketplace.Billing",
            "Marketplace.Provisioning",
        ],
        ["Marketplace.Migrations"] = ["Marketplace.Platform", .. Modules],
        ["Marketplace.Simulator"] = ["Marketplace.Clusters", "Marketplace.Scheduling"],
        ["Marketplace.Agent"] = ["Marketplace.Clusters", "Marketplace.Scheduling"],
        ["Marketplace.Cli"] = [],
        // The web host also embeds the simulator, for the demo network of ./run.
        ["Marketplace.Web"] =
        [
            "Marketplace.Platform",
            "Marketplace.Scheduling",
            "Marketplace.Clusters",
            "Marketplace.Migrations",
            "Marketplace.Simulator",
            .. Modules,
        ],
    };

    public static IEnumerable<string> ForbiddenReferences(IEnumerable<(string Project, IEnumerable<string> References)> graph) =>
        from item in graph
        let allowed = Allowed.GetValueOrDefault(item.Project)
        from violation in allowed is null
            ? [$"{item.Project}: not in the list of who may know whom"]
            : item.References.Except(allowed, StringComparer.Ordinal).Select(reference => $"{item.Project} must not know {reference}")
        select violation;

    /// <summary>Provisioning speaks the scheduler's model, because Clusters does; deciding is not its part.</summary>
    public static IEnumerable<string> MoreThanTheModel(CompiledAssembly assembly) =>
        assembly.Name != "Marketplace.Provisioning"
            ? []
            : assembly
                .ForeignTypes.Where(type => type.StartsWith("Marketplace.Scheduling:", StringComparison.Ordinal))
                .Where(type => type != "Marketplace.Scheduling:Marketplace.Scheduling.Model")
                .Select(type => $"{assembly.Name} uses more of the scheduler than its model: {type}");

    /// <summary>A module shows its Contracts, its options and its entry points; everything else is internal.</summary>
    public static IEnumerable<string> ExposedInternals(CompiledAssembly assembly) =>
        assembly
            .Types.Where(type => type.IsPublic && !InContracts(type) && !IsEntryPoint(type))
            .Select(type => $"{assembly.Name}: {type.FullName} is public outside Contracts");

    public static bool IsModule(CompiledAssembly assembly) => Modules.Contains(assembly.Name, StringComparer.Ordinal);

    /// <summary>Names that say nothing about what a type does.</summary>
    public static IEnumerable<string> EmptyNames(CompiledAssembly assembly) =>
        assembly.Types.Where(type => EmptyName().IsMatch(type.Name)).Select(type => $"{assembly.Name}: {type.FullName}");

    /// <summary>
    /// An interface with one implementation (a test's counts as one more) is a file more and a door less. Contracts are exempt (that is where doors belong), and so are
    /// the public interfaces of the platform, which are its contracts to all modules.
    /// </summary>
    public static IEnumerable<string> LonelyInterfaces(IReadOnlyList<CompiledAssembly> assemblies, IReadOnlyList<CompiledAssembly> tests)
    {
        var implementations = assemblies
            .Concat(tests)
            .SelectMany(assembly => assembly.Types.Where(type => !type.IsInterface).SelectMany(type => type.Interfaces))
            .GroupBy(name => name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        return from assembly in assemblies
            from type in assembly.Types
            where type.IsInterface && !InContracts(type) && !(assembly.Name == "Marketplace.Platform" && type.IsPublic)
            where implementations.GetValueOrDefault(type.FullName) == 1
            select $"{assembly.Name}: {type.FullName} has one implementation";
    }

    public static IEnumerable<string> BannedCalls(CompiledAssembly assembly, IReadOnlyDictionary<string, string> banned) =>
        assembly.Calls.Where(banned.ContainsKey).Select(call => $"{assembly.Name} uses {call[2..]}. {banned[call]}");

    /// <summary>Reads the list that the analyzer reads too: one <c>id;reason</c> a line.</summary>
    public static Dictionary<string, string> ReadBanned(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(';', 2))
            .ToDictionary(parts => parts[0], parts => parts.ElementAtOrDefault(1) ?? "", StringComparer.Ordinal);

    public static IEnumerable<string> LongFiles(IEnumerable<(string Path, string Text)> sources) =>
        sources
            .Select(source => (source.Path, Lines: source.Text.Count('\n')))
            .Where(source => source.Lines > MaxLines)
            .Select(source => $"{source.Path}: {source.Lines} lines");

    public static IEnumerable<string> UnfinishedMarks(IEnumerable<(string Path, string Text)> sources) =>
        from source in sources
        from Match mark in UnfinishedMark().Matches(source.Text)
        select $"{source.Path}: {mark.Value}";

    private static bool InContracts(CompiledType type) => type.Namespace.Split('.').Contains("Contracts", StringComparer.Ordinal);

    private static bool IsEntryPoint(CompiledType type) =>
        type.Name.EndsWith("Options", StringComparison.Ordinal)
        || type.Name.EndsWith("Module", StringComparison.Ordinal)
        // The second entry point, MapX, beside the first.
        || (type.Name.EndsWith("Endpoints", StringComparison.Ordinal) && type.Namespace.Count(letter => letter == '.') == 1);

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utilit(y|ies)|Processor)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UnfinishedMark();
}
