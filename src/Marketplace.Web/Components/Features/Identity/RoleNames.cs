using Marketplace.Platform.Parties;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Roles in the person's language.</summary>
internal static class RoleNames
{
    public static string Of(MemberRole role, IStringLocalizer<AccountText> text) => text[$"Role.{role}"];
}
