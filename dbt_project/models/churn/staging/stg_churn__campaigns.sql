select
    targeted.household_id,
    targeted.campaign_id,
    campaign.campaign_type,
    campaign.start_date as starts_on,
    campaign.end_date as ends_on
from {{ source('retail', 'campaigns') }} as targeted
inner join {{ source('retail', 'campaign_descriptions') }} as campaign
    on targeted.campaign_id = campaign.campaign_id
