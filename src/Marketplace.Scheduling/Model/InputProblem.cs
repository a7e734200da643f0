namespace Marketplace.Scheduling.Model;

/// <summary>Something wrong with an input, said so that a person can put it right.</summary>
/// <param name="Code">Stable code, for translation.</param>
/// <param name="Field">Path of the field, for example <c>nodes[3].devices[0].memoryMib</c>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record InputProblem(string Code, string Field, string Message, string Fix)
{
    public override string ToString() => $"{Field}: {Message} {Fix}";
}

/// <summary>Thrown when a snapshot is built from supply that cannot be true.</summary>
public sealed class InvalidSupplyException(IReadOnlyList<InputProblem> problems)
    : ArgumentException(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<InputProblem> Problems { get; } = problems;
}

/// <summary>Upper bounds on inputs. They keep every sum inside 64 bits and every decision inside bounded time and memory.</summary>
public static class InputBounds
{
    /// <summary>Largest milli-core, MiB or unit quantity of one node, device or replica: 2^30 (1 PiB in MiB).</summary>
    public const int MaxQuantity = 1 << 30;

    /// <summary>Most offers of one snapshot: each may be of a model of its own, and models are numbered in 20 bits.</summary>
    public const int MaxOffers = (1 << 20) - 2;

    /// <summary>Most devices on one node.</summary>
    public const int MaxDevicesPerNode = 256;

    /// <summary>Most templates one device may be cut by.</summary>
    public const int MaxTemplates = 64;

    /// <summary>Most replicas of one role.</summary>
    public const int MaxReplicas = 100_000;

    /// <summary>Most roles of one request.</summary>
    public const int MaxRoles = 32;

    /// <summary>Most variants of one role.</summary>
    public const int MaxVariants = 64;

    /// <summary>Highest price per card and hour: 1,000,000,000 in whole currency, in micro-units.</summary>
    public const long MaxPricePerCardHour = 1_000_000_000_000_000;

    /// <summary>Most cards one offer sells.</summary>
    public const int MaxCards = 10_000_000;

    /// <summary>Most edges of one request.</summary>
    public const int MaxEdges = 512;

    /// <summary>Most data sets of one role.</summary>
    public const int MaxDataSets = 64;

    /// <summary>Most tiers of a policy.</summary>
    public const int MaxPolicyTiers = 64;

    /// <summary>Most entries of one list of ids, labels or tolerations in a request.</summary>
    public const int MaxListed = 10_000;

    /// <summary>Most calls per second over one edge.</summary>
    public const double MaxCallsPerSecond = 1e9;

    /// <summary>Most bytes of one call.</summary>
    public const double MaxBytesPerCall = 1e9;

    /// <summary>Most GiB of one data set.</summary>
    public const double MaxGib = 1e9;

    /// <summary>Highest price of a GiB between regions: 1,000 in whole currency, in micro-units.</summary>
    public const long MaxPricePerGib = 1_000_000_000;

    /// <summary>Longest round trip in milliseconds: one minute.</summary>
    public const double MaxRoundTripMs = 60_000;

    /// <summary>Most hours of a plan or a deadline: a hundred years.</summary>
    public const double MaxHours = 876_600;

    /// <summary>Most units of work of one request.</summary>
    public const double MaxWorkUnits = 1e21;

    /// <summary>Most nodes of one snapshot.</summary>
    public const int MaxNodes = 4_000_000;

    /// <summary>Most sites, clusters, latencies and egress prices of one snapshot, each.</summary>
    public const int MaxPlaces = 1_000_000;
}
