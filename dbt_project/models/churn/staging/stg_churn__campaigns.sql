select
    targeted.household_id,
    targeted.campaign_id,
    campaign.campaign_type,
    campaign.start_date as starts_on,
    campaign.end_date as ends_on
from {{ source('churn_silver', 'campaigns') }} as targeted
inner join {{ source('churn_silver', 'campaign_descriptions') }} as campaign
    on targeted.campaign_id = campaign.campaign_id
