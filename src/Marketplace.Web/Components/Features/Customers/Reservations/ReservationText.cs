namespace Marketplace.Web.Components.Features.Customers.Reservations;

/// <summary>Texts of this folder.</summary>
public sealed class ReservationText;
