using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Orders.Features.Reservations;

/// <summary>REST: buying capacity ahead. What was bought is read from billing.</summary>
internal static class ReservationEndpoints
{
    public static void MapReservations(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/reservations").WithTags("Reservations");
        group
            .MapPost("", Buy)
            .RequirePermission(Permission.OrdersWrite)
            .RequireIdempotencyKey()
            .WithSummary("Buy card-hours ahead from an offer with a prepaid price");
        group.MapPost("/price", Price).RequirePermission(Permission.OrdersWrite).WithSummary("Price card-hours ahead without buying");
    }

    private static async Task<ApiCreated<ReservationView>> Buy(
        BuyReservation request,
        IdempotencyKey key,
        IReservationDesk desk,
        CancellationToken ct
    ) => (await desk.BuyAsync(request, key.Value, ct)).ToCreated(r => $"/api/v1/reservations/{r.Id}");

    private static async Task<ApiResult<ReservationPrice>> Price(BuyReservation request, IReservationDesk desk, CancellationToken ct) =>
        (await desk.PriceAsync(request, ct)).ToResult();
}
