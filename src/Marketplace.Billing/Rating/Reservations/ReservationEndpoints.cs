using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Rating.Reservations;

/// <summary>REST: what is left of capacity paid ahead. It is bought where offers are.</summary>
internal static class ReservationEndpoints
{
    public static void MapReservations(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/reservations").WithTags("Reservations");
        group.MapGet("", List).RequirePermission(Permission.OrdersRead).WithSummary("List reservations with what is left of them");
        group.MapGet("/{reservationId}", Get).RequirePermission(Permission.OrdersRead).WithSummary("Read a reservation");
    }

    private static async Task<ApiPage<ReservationView>> List(
        [AsParameters] ListParameters list,
        IReservations reservations,
        CancellationToken ct
    ) => await list.PageOf(new PageQuery(), ListRules.ByKey(ReservationDesk.Sorting), q => reservations.ListAsync(q, ct));

    private static async Task<ApiResult<ReservationView>> Get(string reservationId, IReservations reservations, CancellationToken ct) =>
        (await reservations.FindAsync(reservationId, ct)).OrNotFound("reservation", reservationId);
}
