using System.Globalization;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Graphs;

/// <summary>What might make a service graph fit; the caller proves each change before it is offered.</summary>
internal static class GraphAdvice
{
    /// <summary>Longer round trips for one edge, else for several at once.</summary>
    public static IEnumerable<FitChange> OfEdges(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        if (!request.Edges.Any(edge => edge.MaxRoundTripMs is not null))
        {
            yield break;
        }

        var mark = state.Mark;
        var search = scope.Search(state, request, explain: false);
        state.RollbackTo(mark);
        if (search is not { RefusalCode: RefusalCodes.EdgeLatency, Graph: { } graph })
        {
            yield break;
        }

        foreach (var (raised, edges) in graph.Raises())
        {
            yield return raised.Count == 1
                ? new FitChange(
                    ChangeCodes.RaiseRoundTrip,
                    ArgsOf(request.Edges[raised[0]], edges[raised[0]]),
                    request with
                    {
                        Edges = edges,
                    }
                )
                : new FitChange(
                    ChangeCodes.RaiseRoundTrips,
                    new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["edges"] = string.Join(
                            ", ",
                            raised.Select(edge => $"{edges[edge].From} to {edges[edge].To} {Ms(edges[edge])} ms")
                        ),
                    },
                    request with
                    {
                        Edges = edges,
                    }
                );
        }
    }

    /// <summary>The request without the bounds of its policy, of its roles, and of its data.</summary>
    public static IEnumerable<(string Rule, PlacementRequest Request)> Droppable(PlacementRequest request)
    {
        if (request.Policy is not null)
        {
            yield return (RuleCodes.Policy, request with { Policy = null });
        }

        if (request.Roles.Any(role => role.SiteIds.Count > 0))
        {
            yield return (RuleCodes.RoleSite, request with { Roles = [.. request.Roles.Select(role => role with { SiteIds = [] })] });
        }

        if (request.Roles.Any(role => role.Tiers.Count > 0))
        {
            yield return (RuleCodes.RoleTier, request with { Roles = [.. request.Roles.Select(role => role with { Tiers = [] })] });
        }

        if (request.Roles.Any(role => role.Data.Any(data => data.StaysInCountry is not null)))
        {
            yield return (RuleCodes.Residency, request with { Roles = [.. request.Roles.Select(Movable)] });
        }
    }

    /// <summary>Roles that may run anywhere.</summary>
    public static IReadOnlyList<Role> Unbound(IReadOnlyList<Role> roles) =>
        [.. roles.Select(role => Movable(role) with { Tiers = [], SiteIds = [] })];

    private static Role Movable(Role role) => role with { Data = [.. role.Data.Select(data => data with { StaysInCountry = null })] };

    private static Dictionary<string, string> ArgsOf(RoleEdge was, RoleEdge now) =>
        new(StringComparer.Ordinal)
        {
            ["from"] = was.From,
            ["to"] = was.To,
            ["was"] = Ms(was),
            ["ms"] = Ms(now),
        };

    private static string Ms(RoleEdge edge) => edge.MaxRoundTripMs!.Value.ToString(CultureInfo.InvariantCulture);
}
