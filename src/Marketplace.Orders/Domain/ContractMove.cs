namespace Marketplace.Orders.Domain;

/// <summary>Why a place can serve no longer. The codes stand in the contract's events.</summary>
internal static class FaultCodes
{
    public const string NodeGone = "node-gone";
    public const string NodeNotReady = "node-not-ready";
    public const string CardGone = "card-gone";
    public const string CardUnhealthy = "card-unhealthy";

    /// <summary>No fault: the replica was seen running in another place than was sold.</summary>
    public const string RunsElsewhere = "runs-elsewhere";
}

/// <summary>A move, or a place that is missing, as a contract's event remembers it.</summary>
/// <param name="Places">Node names: <c>from → to</c>, or only those that are lost.</param>
/// <param name="Fault">One of <see cref="FaultCodes"/>.</param>
/// <param name="Explanation">The core's words in English; may be empty.</param>
internal sealed record ContractMove(string Places, string Fault, string Explanation)
{
    public string ToDetail() => $"{Places}\n{Fault}\n{Explanation}";

    public static ContractMove FromDetail(string detail) =>
        detail.Split('\n', 3) is [var places, var fault, var words] ? new(places, fault, words) : new(detail, "", "");
}
