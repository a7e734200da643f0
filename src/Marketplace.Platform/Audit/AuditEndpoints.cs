using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Platform.Audit;

/// <summary>REST: the audit trail.</summary>
public static class AuditEndpoints
{
    public static IEndpointRouteBuilder MapAudit(this IEndpointRouteBuilder api)
    {
        api.MapGet("/audit-events", List)
            .WithTags("Audit")
            .RequirePermission(Permission.AuditRead)
            .WithSummary("List who did what, the newest first: your organisation's events, for the network desk everybody's");
        return api;
    }

    private static Task<ApiPage<AuditEventView>> List(
        [AsParameters] ListParameters list,
        string? action,
        string? targetId,
        string? partyId,
        string? actorId,
        AuditOutcome? outcome,
        DateTimeOffset? from,
        DateTimeOffset? to,
        AuditDesk audit,
        CancellationToken ct
    ) =>
        list.PageOf(
            new AuditQuery
            {
                Action = action,
                TargetId = targetId,
                PartyId = partyId,
                ActorId = actorId,
                Outcome = outcome,
                From = from,
                To = to,
            },
            ListRules.ByKey(IdPrefix.Audit),
            query => audit.ListAsync(query, ct)
        );
}
