using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Web.Identity;

/// <summary>People for the demonstration network.</summary>
internal sealed class IdentitySeed(MarketplaceDbContext db, PersonFactory people, IdFactory ids, TimeProvider time)
{
    /// <summary>
    /// Makes the person and their membership if they are missing. An existing person keeps their password; an existing membership keeps its role.
    /// Call in a scope whose actor is <see cref="Actor.System"/>.
    /// </summary>
    /// <returns>The person's id.</returns>
    public Task<string> EnsurePersonAsync(
        string email,
        string name,
        string password,
        string partyId,
        MemberRole role,
        CancellationToken ct = default
    ) =>
        db.InTransactionAsync(
            async token =>
            {
                string normalized = Person.Normalize(email);
                Person? person = await db.Set<Person>().SingleOrDefaultAsync(p => p.NormalizedEmail == normalized, token);
                if (person is null)
                {
                    var made = await people.MakeAsync(name, email, password, "en", token);
                    person = made.IsOk ? made.Value : throw new InvalidOperationException($"{email}: {made.Problem.Detail}");
                    person.EmailConfirmedAt = time.GetUtcNow();
                    // The membership's foreign key wants the person first.
                    await db.SaveChangesAsync(token);
                }
                if (!await db.Set<Membership>().AnyAsync(m => m.PersonId == person.Id && m.PartyId == partyId, token))
                    db.Add(
                        new Membership
                        {
                            Id = ids.New(IdPrefix.Member),
                            PersonId = person.Id,
                            PartyId = partyId,
                            Role = role,
                            CreatedAt = time.GetUtcNow(),
                        }
                    );
                return person.Id;
            },
            ct
        );
}
